"""Damaged and random payloads: each gets a verdict in SQL, the same as by its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.contracts.events import KINDS
from ingestion.contracts.fields import MAX_EVENT_BYTES
from ingestion.contracts.sure import sure_sql
from ingestion.contracts.validation import LANDING_COLUMNS, REASONS, judged_sql, table_columns
from tests.mutations import FRAGMENTS, MUTATORS, mutated
from tests.samples import as_written
from tests.strict import schema_accepts

EXAMPLES = Path(__file__).parents[2] / "ingestion" / "contracts" / "examples"
PAYLOADS_OF_A_KIND = 3_000
WITHOUT_PAYLOAD = {"tombstone", "null_key"}


def good_examples(kind: str) -> list[bytes]:
    """As they stand in their files, and as our producers write them."""
    folder = EXAMPLES / "good" / kind.split(".")[1]
    payloads = [path.read_bytes() for path in sorted(folder.glob("*.json"))]
    return payloads + [as_written(payload, kind) for payload in payloads]


@cache
def corpus(kind: str) -> list[bytes]:
    """Always the same damaged events of a kind."""
    return list(mutated(list(KINDS).index(kind), good_examples(kind), PAYLOADS_OF_A_KIND))


def judge(payloads: Iterable[bytes | None], sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query over `records`, in which every payload is a record with a key."""
    values = list(payloads)
    table = pa.table(
        {
            "number": pa.array(range(len(values)), pa.int64()),
            "key": pa.array([b"k"] * len(values), pa.binary()),
            "value": pa.array(values, pa.binary()),
        }
    )
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("records", table)
        return connection.execute(sql).fetchall()


def verdicts(payloads: Sequence[bytes | None], kind: str) -> list[str | None]:
    """The fault of each payload, judged in one query; None where the landing takes it."""
    rows = judge(payloads, f"SELECT fault FROM ({judged_sql(kind, 'records')}) ORDER BY number")
    assert len(rows) == len(payloads)
    return [row[0] for row in rows]


def reason(fault: str) -> str:
    return fault.split(":")[0]


def assert_one_verdict(payloads: list[bytes], kind: str) -> set[str]:
    """Every payload has one verdict, the schema's; returns the reasons that were given."""
    faults = verdicts(payloads, kind)
    reasons = {reason(fault) for fault in faults if fault is not None}
    assert reasons <= set(REASONS)
    differing = [
        (fault, payload)
        for payload, fault in zip(payloads, faults, strict=True)
        if (fault is None) != schema_accepts(payload, kind)
    ]
    assert differing == []
    return reasons


@pytest.mark.parametrize("kind", KINDS)
def test_sql_and_schema_agree_on_damaged_events(kind: str) -> None:
    assert_one_verdict(corpus(kind), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_surely_good_is_good_and_has_the_same_values(kind: str) -> None:
    columns = [name for name in table_columns(kind) if name not in LANDING_COLUMNS]
    columns += ["extra", "extensions"]
    row = f"[{', '.join(f'{column}::VARCHAR' for column in columns)}]"
    sure, judged = sure_sql(kind, "records"), judged_sql(kind, "records")
    wrong, sure_count = judge(
        corpus(kind),
        f"""SELECT list(value) FILTER (is_sure AND (fault IS NOT NULL OR quick <> thorough)),
                   count(*) FILTER (is_sure)
            FROM (SELECT number, is_sure, {row} AS quick FROM ({sure})) JOIN
                 (SELECT number, value, fault, {row} AS thorough FROM ({judged})) USING (number)""",
    )[0]
    assert (wrong, sure_count > 0) == (None, True)


def test_the_corpus_is_large_and_shows_every_reason_and_good_events() -> None:
    assert sum(len(set(corpus(kind))) for kind in KINDS) >= 10_000
    faults = [fault for kind in KINDS for fault in verdicts(corpus(kind), kind)]
    shown = {reason(fault) for fault in faults if fault is not None}
    assert shown == set(REASONS) - WITHOUT_PAYLOAD
    assert 0.1 < faults.count(None) / len(faults) < 0.5


@pytest.mark.parametrize("place", ["", "data"])
def test_sql_and_schema_agree_on_any_value_of_an_unknown_field(place: str) -> None:
    minimal = (EXAMPLES / "good" / "interaction" / "minimal.json").read_bytes().strip()
    at = minimal.index(b'"data"') if place == "" else minimal.index(b'"data": {') + len('"data": {')
    payloads = [minimal[:at] + b'"x":%s,' % f.encode() + minimal[at:] for f in FRAGMENTS]
    assert_one_verdict(payloads, "attache.interaction.v1")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_sql_and_schema_agree_on_what_hypothesis_finds(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(list(KINDS)))
    json_values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    )
    random_ = data.draw(st.randoms(use_true_random=False))
    mutators = st.sampled_from(MUTATORS)
    payloads = data.draw(st.lists(st.binary(max_size=200) | st.text().map(_encoded), max_size=20))
    payloads += [_encoded(repr(value)) for value in data.draw(st.lists(json_values, max_size=5))]
    for mutator in data.draw(st.lists(mutators, max_size=20)):
        payloads.append(mutator(random_, data.draw(st.sampled_from(good_examples(kind)))))
    assert_one_verdict(payloads, kind)


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_deep_nesting_has_a_verdict_and_breaks_nothing(depth: int) -> None:
    minimal = (EXAMPLES / "good" / "interaction" / "minimal.json").read_bytes().strip()
    deep, unclosed = b"[" * depth + b"]" * depth, b"[" * depth
    payloads = [deep, unclosed, *(minimal[:-1] + b',"x":%s}' % x for x in (deep, unclosed))]
    faults = verdicts(payloads, "attache.interaction.v1")
    assert faults == ["not_an_envelope:", "not_json:", None, "not_json:"]


def test_a_fraction_of_nothing_is_an_integer() -> None:
    head = (EXAMPLES / "good" / "counters" / "minimal.json").read_bytes().strip()[:-1].rstrip()[:-1]
    numbers = [
        b"1.0",
        b"1e3",
        b"-0.0",
        b"9007199254740991.0",
        b"1.5",
        b"9007199254740992.0",
        b"1e99",
    ]
    payloads = [head + b', "likes": %s}}' % number for number in numbers]
    row = judge(payloads, f"SELECT likes FROM ({judged_sql('attache.counters.v1', 'records')})")
    wrong, large = "wrong_type:likes", "out_of_range:likes"
    faults = verdicts(payloads, "attache.counters.v1")
    assert faults == [None, None, None, None, wrong, large, large]
    assert row[:4] == [(1,), (1000,), (0,), (2**53 - 1,)]


def test_what_is_too_large_or_missing_has_a_verdict() -> None:
    payloads = [b"[" * (MAX_EVENT_BYTES + 1), b" " * MAX_EVENT_BYTES, b"", None]
    faults = verdicts(payloads, "attache.post.v1")
    assert faults == ["oversized:", "not_json:", "not_json:", "tombstone:"]


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
