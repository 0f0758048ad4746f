"""Pieces of a transaction: whatever comes in whatever portions, each record is in one, once."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion import pieces, plain_records
from ingestion.pieces import Piece, open_piece
from ingestion.plain_records import take_plain
from ingestion.record_batches import RECORD_SCHEMA, RawBatch, decode
from tests.contract.test_plain import GOOD, INTERACTION
from tests.fetching import FIRST_MILLISECONDS, Record, raw_batch
from tests.ways import by_numpy

Rows = list[dict[str, Any]]
BAD = GOOD.replace(b"{", b"{ ", 1)
LARGE = GOOD.replace("好".encode(), "好".encode() * 40)
RECORDS = st.tuples(
    st.sampled_from([b"k", b"k", b"k", None]), st.sampled_from([GOOD, GOOD, LARGE, BAD, b"", None])
)


def fetched(records: list[Record], first: int, codec: int = 0, appended: bool = False) -> RawBatch:
    """A record batch without holes; `appended`: it has the broker's time."""
    raw = raw_batch(dict(enumerate(records, first)), first, codec=codec)
    raw.fixed_timestamp = 7_000_000 if appended else None
    return raw


def pieces_of(batches: list[tuple[int, RawBatch]], most: int, first: int, end: int) -> list[Piece]:
    """Pieces of so many records, of batches by partition; from one offset up to another."""
    made: list[Piece] = []
    reached = {partition: first for partition, _ in batches}
    for partition, raw in batches:
        while reached[partition] <= min(raw.offset, end - 1):
            if not made or made[-1].is_full:
                made.append(open_piece(INTERACTION, most))
            reached[partition] = made[-1].take(partition, raw, reached[partition], end)
    return made


def rows_of(made: list[Piece]) -> tuple[Rows, Rows]:
    """Plain rows and other records, by partition and offset."""
    parts = [piece.finished() for piece in made]
    return sorted_rows([plain for plain, _ in parts]), sorted_rows([left for _, left in parts])


def sorted_rows(tables: list[pa.Table]) -> Rows:
    rows = [row for table in tables for row in table.to_pylist()]
    return sorted(rows, key=lambda row: (row["kafka_partition"], row["kafka_offset"]))


def expected(batches: list[tuple[int, RawBatch]], first: int, end: int) -> tuple[Rows, Rows]:
    """The same from all records at once."""
    decoded = [decode(number, [raw], [raw.body()]) for number, raw in batches]
    wanted = [
        [row for row in table.to_pylist() if first <= row["kafka_offset"] < end]
        for table in decoded
    ]
    records = pa.Table.from_pylist([row for rows in wanted for row in rows], RECORD_SCHEMA)
    with by_numpy():
        plain, others = take_plain(INTERACTION, records)
    return sorted_rows([plain]), sorted_rows([others])


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.lists(RECORDS, min_size=1, max_size=6)), min_size=1),
    st.integers(1, 9),
    st.integers(0, 4),
    st.integers(5, 20),
    st.booleans(),
)
def test_each_record_is_in_one_piece_whatever_the_portions(
    portions: list[tuple[int, list[Record]]], most: int, first: int, end: int, appended: bool
) -> None:
    ends = [0, 0]
    batches = []
    for partition, records in portions:
        batches.append((partition, fetched(records, ends[partition], appended=appended)))
        ends[partition] += len(records)
    made = pieces_of(batches, most, first, end)
    wanted = expected(batches, first, end)
    counts = [piece.counts.total() for piece in made]
    assert counts[:-1] == [most] * (len(counts) - 1)
    assert sum(counts) == sum(map(len, wanted))
    assert rows_of(made) == wanted
    with by_numpy():
        assert rows_of(pieces_of(batches, most, first, end)) == wanted


@pytest.mark.parametrize("codec", range(5))
def test_records_of_every_codec(codec: int) -> None:
    raw = fetched([(b"k", GOOD), (b"k", BAD)], 5, codec)
    piece = open_piece(INTERACTION, 9)
    assert piece.take(1, raw, 5, 7) == 7
    assert not piece.is_full
    assert (piece.counts, piece.size) == ({1: 2}, len(raw.body()))
    plain, others = piece.finished()
    assert plain["kafka_offset"].to_pylist() == [5]
    assert plain["kafka_timestamp"].cast(pa.int64()).to_pylist() == [
        (FIRST_MILLISECONDS + 5) * 1000
    ]
    assert others.to_pylist() == [
        {"kafka_partition": 1, "kafka_offset": 6, "kafka_timestamp_ms": FIRST_MILLISECONDS + 6}
        | {"key": b"k", "value": BAD}
    ]


def test_a_text_that_finds_no_room_goes_a_longer_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "ROOM_BYTES", len(GOOD))
    monkeypatch.setattr("ingestion.contracts.compiled.ROOM_BYTES", len(GOOD))
    monkeypatch.setattr("ingestion.contracts.compiled._rooms", [])
    piece = open_piece(INTERACTION, 50)
    texts = [LARGE.replace("👍".encode(), b"%d" % number) for number in range(50)]
    assert piece.take(0, fetched([(b"k", text) for text in texts], 0), 0, 50) == 50
    plain, others = piece.finished()
    assert 0 < plain.num_rows < 50
    assert others["value"].to_pylist() == texts[plain.num_rows :]


def test_plain_rows_come_in_one_piece_since_a_row_group_is_filled_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plain_records, "PIECE_ROWS", 2)

    def parts() -> list[int]:
        piece = open_piece(INTERACTION, 7)
        for partition in range(2):
            piece.take(partition, fetched([(b"k", GOOD)] * 4, 0), 0, 4)
        return [part.num_rows for part in piece.finished()[0].to_batches()]

    assert parts() == [7]
    with by_numpy():
        assert parts() == [7]
