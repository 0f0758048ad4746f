"""What the walk over bytes takes is good, and has the values of the full verdict."""

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
from ingestion.contracts.validation import column_sources, judged_sql
from ingestion.record_batches import RECORD_SCHEMA
from tests.contract.test_fuzz import corpus
from tests.fetching import taken
from tests.samples import as_written
from tests.ways import by_numpy

EXAMPLES = Path(__file__).parents[2] / "ingestion" / "contracts" / "examples"
INTERACTION = "attache.interaction.v1"
USUAL = (EXAMPLES / "good" / "interaction" / "full.json").read_bytes()
GOOD = as_written(USUAL, INTERACTION)


def records(values: list[bytes | None]) -> pa.Table:
    count = len(values)
    columns = [[0] * count, range(count), [0] * count, [b"k"] * count, values]
    arrays = [pa.array(c, f.type) for c, f in zip(columns, RECORD_SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=RECORD_SCHEMA)


def plain_places(values: list[bytes | None], kind: str = INTERACTION) -> set[int]:
    """Which records are plain: each of them good, with the same values; no record is lost.

    Compiled or not, it is the same.
    """
    fetched = records(values)
    plain, others = taken(kind, values)
    assert_same_by_numpy(values, kind, plain)
    offsets = [set(part["kafka_offset"].to_pylist()) for part in (plain, others)]
    assert offsets[0] | offsets[1] == set(range(len(values)))
    assert plain.num_rows + others.num_rows == len(values)
    kept = dict(zip(others["kafka_offset"].to_pylist(), others["value"].to_pylist(), strict=True))
    assert all(values[offset] == value for offset, value in kept.items())
    assert differences(plain, fetched, kind) == []
    return offsets[0]


def assert_same_by_numpy(values: list[bytes | None], kind: str, plain: pa.Table) -> None:
    """Numpy takes the same records; those that it leaves for others' sake it takes alone."""
    with by_numpy():
        rows = taken(kind, values)[0].to_pylist()
        by_numpy_too = {row["kafka_offset"] for row in rows}
        compiled = plain.to_pylist()
        assert rows == [row for row in compiled if row["kafka_offset"] in by_numpy_too]
        left = {row["kafka_offset"] for row in compiled} - by_numpy_too
        assert all(taken(kind, [values[place]])[0].num_rows for place in left)


def differences(plain: pa.Table, fetched: pa.Table, kind: str) -> list[Any]:
    names = [alias for _, _, alias in column_sources(kind)]
    row = ", ".join([*names, "extra", "extensions", "kafka_offset"])
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("plain", plain)
        connection.register("fetched", fetched)
        judged = f"SELECT {row} FROM ({judged_sql(kind, 'fetched')}) WHERE fault IS NULL"
        return connection.execute(f"SELECT {row} FROM plain EXCEPT ALL ({judged})").fetchall()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_plain_of_damaged_events_is_good(kind: str) -> None:
    assert plain_places(list(corpus(kind)), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_examples(kind: str) -> None:
    name = kind.split(".")[1]
    good = [path.read_bytes() for path in sorted(EXAMPLES.glob(f"good/{name}/*.json"))]
    assert plain_places([as_written(payload, kind) for payload in good], kind)
    bad: list[bytes | None] = [p.read_bytes() for p in EXAMPLES.glob(f"bad/{name}/*.json")]
    assert plain_places(bad, kind) == set()


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=60))
@settings(max_examples=50, deadline=None)
def test_flipped_bytes(flips: list[tuple[int, int]]) -> None:
    broken: list[bytes | None] = [GOOD]
    for place, byte in flips:
        record = bytearray(GOOD)
        record[place % len(record)] = byte
        broken.append(bytes(record))
    assert plain_places(broken) <= set(range(len(broken)))


INSTANTS = {
    "2014-01-27T10:00:00Z": True,
    "2014-01-27T10:00:00+08:00": True,
    "2014-01-27T10:00:00-03:30": True,
    "2016-02-29T23:59:59+00:00": True,
    "1000-01-01T00:00:00+14:00": True,
    "2999-12-31T23:59:59-14:59": True,
    "2014-02-29T10:00:00Z": False,
    "1900-02-29T10:00:00Z": False,
    "2014-13-01T10:00:00Z": False,
    "2014-00-01T10:00:00Z": False,
    "2014-01-00T10:00:00Z": False,
    "2014-01-27T24:00:00Z": False,
    "2014-01-27T10:60:00Z": False,
    "2014-01-27T10:00:60Z": False,
    "2014-01-27T10:00:00+15:00": False,
    "2014-01-27T10:00:00+08:60": False,
    "2014-01-27T10:00:00.5+08:00": False,
    "2014-01-27T10:00:0:+08:00": False,
    "2014-01-27T10:00:00+0800": False,
    "2014-01-27 10:00:00+08:00": False,
    "201/-01-27T10:00:00Z": False,
    "2014-01-27T10:00:00": False,
    "": False,
}


@pytest.mark.parametrize("instant", INSTANTS)
def test_instants(instant: str) -> None:
    text = GOOD.decode()
    written = msgspec.json.decode(GOOD, type=event_class(INTERACTION)).data.created_at
    record = text.replace(f'"created_at":"{written}"', f'"created_at":"{instant}"').encode()
    assert record != GOOD
    assert plain_places([GOOD, record, GOOD]) == ({0, 1, 2} if INSTANTS[instant] else {0, 2})


@pytest.mark.parametrize("text", ["", "two words", "é好👍", "é" * 200, "\x7f"])
def test_a_text_without_escapes_is_plain(text: str) -> None:
    event = msgspec.json.decode(GOOD, type=event_class(INTERACTION))
    event.data.text = text
    assert plain_places([GOOD, msgspec.json.encode(event)]) == {0, 1}


@pytest.mark.parametrize("text", ["two\nlines", 'a "quote"', "back\\slash", "a" * 2_000])
def test_other_texts_go_a_longer_way(text: str) -> None:
    event = msgspec.json.decode(GOOD, type=event_class(INTERACTION))
    event.data.text = text
    assert plain_places([GOOD, msgspec.json.encode(event)]) == {0}


def test_bytes_that_are_no_utf8_take_no_other_record_with_them() -> None:
    broken = GOOD.replace("好".encode(), b"\xff\xfe")
    plain = GOOD.replace("👍 好".encode(), b"good")
    assert broken != GOOD
    assert plain_places([plain, broken, plain]) == {0, 2}


def test_a_record_without_key_or_value_is_not_plain() -> None:
    plain, others = taken(INTERACTION, [GOOD, GOOD, None], [None, b"k", b"k"])
    assert plain["kafka_offset"].to_pylist() == [1]
    assert others["kafka_offset"].to_pylist() == [0, 2]
    assert others["key"].to_pylist() == [None, b"k"]
    assert others["value"].to_pylist() == [GOOD, None]


@pytest.mark.parametrize(
    ("number", "is_plain"),
    [("0", True), ("7", True), (str(2**53 - 1), True), (str(2**53), False), ("00", False),
     ("-1", False), ("1.0", False), ("1e3", False), ('"7"', False), ("null", False)],
)  # fmt: skip
def test_counts(number: str, is_plain: bool) -> None:
    kind = "attache.counters.v1"
    full = (EXAMPLES / "good" / "counters" / "full.json").read_bytes()
    good = as_written(full, kind).decode()
    likes = msgspec.json.decode(full)["data"]["likes"]
    record = good.replace(f'"likes":{likes}', f'"likes":{number}').encode()
    assert (plain_places([record], kind) == {0}) == is_plain
