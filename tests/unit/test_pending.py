"""How what was fetched is cut: an odd batch first, then whole ones, and nothing left at the end."""

from __future__ import annotations

import pytest
from kafka import TopicPartition
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from ingestion import record_batches
from ingestion.drain import odd_records
from ingestion.extents import Extent
from ingestion.pending import Batch, Pending
from ingestion.record_batches import RawBatch

ONE, TWO, OTHER = TopicPartition("a", 0), TopicPartition("a", 1), TopicPartition("b", 0)


def fetched(first: int, count: int) -> RawBatch:
    builder = DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, 1 << 24)
    for number in range(count):
        builder.append(number, 1_000, b"k", b"{}", [])
    batch = DefaultRecordBatch(bytes(builder.build()))
    batch.__class__ = record_batches._WholeBatch
    raw: RawBatch
    (raw,) = [record.value for record in batch]
    raw.base_offset, raw.offset = first, first + count - 1
    return raw


def cut(counts: dict[TopicPartition, int], wanted: int) -> list[Batch]:
    """All batches of so many records of each partition, of which four come at a time."""
    starts = dict.fromkeys(counts, 0)
    extents = {partition: Extent("id", 0, end) for partition, end in counts.items()}
    pending = Pending(starts, wanted, odd_records(starts, extents, wanted))
    positions = dict(starts)
    batches: list[Batch] = []
    while positions != counts:
        for partition, end in counts.items():
            count = min(4, end - positions[partition])
            if count:
                pending.add(partition, [fetched(positions[partition], count)])
                positions[partition] += count
        batches += pending.full(positions)
    last = pending.rest(positions)
    return [*batches, last] if last.spans else batches


def offsets_of(partition: TopicPartition, batches: list[Batch]) -> list[int]:
    tables = [
        batch.records[partition.topic] for batch in batches if partition.topic in batch.records
    ]
    rows = [row for table in tables for row in table.to_pylist()]
    return [r["kafka_offset"] for r in rows if r["kafka_partition"] == partition.partition]


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
    assert odd_records({ONE: 5, TWO: 0}, extents, 10) == {"a": 6}
