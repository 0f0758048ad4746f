"""The cheap test never takes what the full verdict refuses, and gives the same values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.contracts.events import KINDS, event_class
from ingestion.contracts.sure import sure_sql
from ingestion.contracts.validation import column_sources, judged_sql
from tests.samples import as_written

EXAMPLES = Path(__file__).parents[2] / "ingestion" / "contracts" / "examples"
INTERACTION = "attache.interaction.v1"
GOOD = as_written((EXAMPLES / "good" / "interaction" / "full.json").read_bytes(), INTERACTION)


def verdicts(values: list[bytes], kind: str) -> list[tuple[bool, str | None, Any, Any]]:
    """For each record: is it sure, its fault, and its values by either way."""
    columns = ", ".join(alias for _, _, alias in column_sources(kind))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        table = {
            "n": list(range(len(values))),
            "key": pa.array([b"k"] * len(values), pa.binary()),
            "value": pa.array(values, pa.binary()),
        }
        connection.register("records", pa.table(table))
        return connection.execute(
            f"""SELECT s.is_sure, j.fault, s.fields, j.fields
            FROM (SELECT n, is_sure, ({columns}, extra, extensions) AS fields
                  FROM ({sure_sql(kind, "records")})) AS s
            JOIN (SELECT n, fault, ({columns}, extra, extensions) AS fields
                  FROM ({judged_sql(kind, "records")})) AS j USING (n) ORDER BY n"""
        ).fetchall()


def assert_sure_is_good(values: list[bytes], kind: str) -> int:
    """How many were sure; each of them good, with the same values."""
    found = [row for row in verdicts(values, kind) if row[0]]
    for _, fault, by_sure, by_judged in found:
        assert fault is None
        assert by_sure == by_judged
    return len(found)


@pytest.mark.parametrize("kind", KINDS)
def test_examples(kind: str) -> None:
    name = kind.split(".")[1]
    good = [path.read_bytes() for path in EXAMPLES.glob(f"good/{name}/*.json")]
    bad = [path.read_bytes() for path in EXAMPLES.glob(f"bad/{name}/*.json")]
    assert assert_sure_is_good([as_written(payload, kind) for payload in good], kind) > 0
    assert assert_sure_is_good(bad, kind) == 0


def test_the_usual_event_of_a_producer_is_sure() -> None:
    assert assert_sure_is_good([GOOD], INTERACTION) == 1


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=3))
@settings(max_examples=50, deadline=None)
def test_flipped_bytes(flips: list[tuple[int, int]]) -> None:
    broken = []
    for place, byte in flips:
        record = bytearray(GOOD)
        record[place % len(record)] = byte
        broken.append(bytes(record))
    assert assert_sure_is_good(broken, INTERACTION) <= len(broken)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"language":"zh-Hans"', '"language":"zh-Hans",'),
        ('"language":"zh-Hans"', '"language":"zh-Hans","undone":null'),
        ('"language":"zh-Hans"', '"language":"zh-Hans","language":"zh-Hans"'),
        ('"language":"zh-Hans"', '"language":"zh-Hans","x":NaN'),
        ('"language":"zh-Hans"', '"undone":false,"language":"zh-Hans"'),
        ('"language":"zh-Hans"', '"language":"zh\\Hans"'),
        ('"parent_id":"C1"', '"parent_id":{"C1":"C1"}'),
        ('"verb":"reply"', '"verb":"reply" '),
        ('"verb":"reply"', '"verb":"applaud"'),
        ('"text":"👍 好"', '"text":"\\u597d"'),
        ('"text":"👍 好"', '"text":7'),
        ('"text":"👍 好"', '"text":{"a":"b"}'),
        ('"actor_id":"', '"actor_id":" '),
        ('"actor_id":"', '"actor_id":"\\u00e9'),
        ('"actor_id":"', '"actor_id":"é'),
        ('"actor_id":"', '"actor_id":"\\"'),
        ('"actor_id":"', '"actor_id":"\x7f'),
        ('"actor_id":"', '"actor_id":"' + "a" * 255),
        ('"actor_id":"9f86d081884c7d65"', '"actor_id":1e5'),
        ('"actor_id":"9f86d081884c7d65"', '"actor_id":""'),
        ("T10:01:00", "T10:01"),
        ("2014-01-27T10:01", "2014-02-30T10:01"),
    ],
)
def test_near_misses_go_the_long_way(old: str, new: str) -> None:
    assert old in GOOD.decode()
    assert assert_sure_is_good([GOOD.decode().replace(old, new).encode()], INTERACTION) == 0


@pytest.mark.parametrize("text", ["", "two\nlines", 'a "quote"', "back\\slash", "\t", "é" * 65_536])
def test_a_text_with_escapes_is_sure_and_keeps_its_value(text: str) -> None:
    event = msgspec.json.decode(GOOD, type=event_class(INTERACTION))
    event.data.text = text
    assert assert_sure_is_good([msgspec.json.encode(event)], INTERACTION) == 1
