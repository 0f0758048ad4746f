"""How what was fetched is cut: an odd batch first, then whole ones, and nothing left at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka import TopicPartition

from ingestion import pending as pending_of
from ingestion.contracts.topics import topic_of
from ingestion.drain import odd_records
from ingestion.extents import Extent
from ingestion.pending import Batch, Pending
from ingestion.record_batches import RawBatch
from tests.contract.test_plain import GOOD
from tests.fetching import FIRST_MILLISECONDS, Record, raw_batch

POSTS, LIKES = (topic_of(f"attache.{name}.v1").name for name in ("post", "interaction"))
ONE, TWO, OTHER = (TopicPartition(*place) for place in ((POSTS, 0), (POSTS, 1), (LIKES, 0)))
PARTITIONS = [ONE, TWO, OTHER, TopicPartition(LIKES, 3)]


def cut(counts: dict[TopicPartition, int], wanted: int) -> list[Batch]:
    """All batches of so many records of each partition, of which four come at a time."""
    starts = dict.fromkeys(counts, 0)
    extents = {partition: Extent("id", 0, end) for partition, end in counts.items()}
    pending = Pending(starts, wanted, odd_records(starts, extents, wanted))
    positions = dict(starts)
    batches: list[Batch] = []
    while positions != counts:
        for partition, end in counts.items():
            first, following = positions[partition], min(positions[partition] + 4, end)
            if following > first:
                raw = raw_batch(dict.fromkeys(range(first, following), (b"k", b"{}")), first)
                positions[partition] = following
                batches += pending.taken(partition, [raw], following)
    last = pending.rest()
    return [*batches, last] if last.spans else batches


def rows_of(partition: TopicPartition, batches: list[Batch]) -> list[dict[str, Any]]:
    """Plain rows and other records of a partition."""
    tables: list[pa.Table] = []
    for batch in batches:
        if partition.topic in batch.others:
            tables += [batch.plain[partition.topic], batch.others[partition.topic]]
    rows = [row for table in tables for row in table.to_pylist()]
    return [row for row in rows if row["kafka_partition"] == partition.partition]


def offsets_of(partition: TopicPartition, batches: list[Batch]) -> list[int]:
    return [row["kafka_offset"] for row in rows_of(partition, batches)]


@pytest.mark.parametrize(
    ("counts", "sizes"),
    [
        ({ONE: 23}, [3, 10, 10]),
        ({ONE: 20}, [10, 10]),
        ({ONE: 9}, [9]),
        ({ONE: 13, TWO: 12}, [5, 10, 10]),
        ({ONE: 21, OTHER: 4}, [1, 10, 10, 4]),
    ],
)
def test_the_odd_batch_comes_first(counts: dict[TopicPartition, int], sizes: list[int]) -> None:
    batches = cut(counts, 10)
    assert [sum(batch.counts.values()) for batch in batches if any(batch.counts.values())] == sizes
    for partition, count in counts.items():
        assert offsets_of(partition, batches) == list(range(count))


def test_where_there_is_no_whole_batch_nothing_is_cut() -> None:
    extents = {ONE: Extent("one", 0, 14), TWO: Extent("two", 0, 7), OTHER: Extent("other", 0, 10)}
    assert odd_records({ONE: 5, OTHER: 0}, extents, 10) == {}
    assert odd_records({ONE: 5, TWO: 0}, extents, 10) == {POSTS: 6}


def test_what_is_large_is_handed_over_before_it_is_as_many_as_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = len(raw_batch(dict.fromkeys(range(4), (b"k", b"{}"))).body())
    monkeypatch.setattr(pending_of, "MAX_BATCH_BYTES", 2 * body)
    batches = cut({ONE: 8, OTHER: 12}, 100)
    assert [sum(batch.counts.values()) for batch in batches] == [8, 8, 4]
    assert [batch.size for batch in batches] == [2 * body, 2 * body, body]
    assert batches[0].spans == {ONE: (0, 4), OTHER: (0, 4)}


RECORDS = st.tuples(st.sampled_from([b"k", None]), st.sampled_from([GOOD, GOOD, b"bad", None]))
Log = list[tuple[int, list[Record | None]]]
LOGS: st.SearchStrategy[Log] = st.lists(
    st.tuples(st.integers(0, 2), st.lists(st.none() | RECORDS, min_size=1, max_size=6)), max_size=6
)
"""Record batches: how many offsets of none before it, and a record or none for each of its own."""


def written(log: Log) -> tuple[list[RawBatch], dict[int, Record], int]:
    """The batches of a log, its records by offset, and its end."""
    batches, records, at = [], {}, 0
    for gap, slots in log:
        first = at + gap
        at = first + len(slots)
        held = {first + n: slot for n, slot in enumerate(slots) if slot is not None}
        batches.append(raw_batch(held, first, at - 1))
        records.update(held)
    return batches, records, at


@settings(deadline=None)
@given(st.lists(LOGS, min_size=4, max_size=4), st.integers(1, 9), st.integers(1, 9), st.data())
def test_every_record_is_in_one_batch_and_the_spans_reach_the_end(
    logs: list[Log], wanted: int, first_wanted: int, data: st.DataObject
) -> None:
    """Whatever holes there are, wherever a drain starts and ends, in whatever portions it comes."""

    def chosen(least: int, most: int) -> int:
        return data.draw(st.integers(least, most))

    told = {partition: written(log) for partition, log in zip(PARTITIONS, logs, strict=True)}
    starts = {partition: chosen(0, end) for partition, (_, _, end) in told.items()}
    ends = {
        partition: chosen(starts[partition], end + chosen(0, 2))
        for partition, (_, _, end) in told.items()
    }
    pending = Pending(starts, wanted, {LIKES: first_wanted})
    left = {p: [raw for raw in told[p][0] if raw.offset >= starts[p]] for p in PARTITIONS}
    positions = dict(starts)
    batches: list[Batch] = []
    while positions != ends:
        for partition in PARTITIONS:
            portion, left[partition] = _portion(left[partition], chosen)
            reached = max([positions[partition], *(raw.offset + 1 for raw in portion)])
            position = ends[partition] if not left[partition] else min(reached, ends[partition])
            if position > positions[partition]:
                batches += pending.taken(partition, portion, position)
                positions[partition] = position
    last = pending.rest()
    for partition in PARTITIONS:
        reached = starts[partition]
        for batch in [*batches, last]:
            if partition in batch.spans:
                first, following = batch.spans[partition]
                assert first == reached < following
                reached = following
                rows = rows_of(partition, [batch])
                assert len(rows) == batch.counts[partition]
                assert all(first <= row["kafka_offset"] < following for row in rows)
        assert reached == ends[partition]
        expected = {
            offset: record
            for offset, record in told[partition][1].items()
            if starts[partition] <= offset < ends[partition]
        }
        _assert_same(rows_of(partition, [*batches, last]), expected)


def _portion(
    batches: list[RawBatch], chosen: Callable[[int, int], int]
) -> tuple[list[RawBatch], list[RawBatch]]:
    count = chosen(0, min(2, len(batches)))
    return batches[:count], batches[count:]


def _assert_same(rows: list[dict[str, Any]], expected: dict[int, Record]) -> None:
    """Each record is there once: as a row where it is plain, else as it came."""
    assert sorted(row["kafka_offset"] for row in rows) == sorted(expected)
    for row in rows:
        key, value = expected[row["kafka_offset"]]
        milliseconds = FIRST_MILLISECONDS + row["kafka_offset"]
        if "event_id" in row:
            assert (key, value) == (b"k", GOOD)
            assert round(row["kafka_timestamp"].timestamp() * 1000) == milliseconds
        else:
            assert (row["key"], row["value"]) == (key, value)
            assert row["kafka_timestamp_ms"] == milliseconds
