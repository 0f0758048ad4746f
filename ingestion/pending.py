"""What was fetched and not yet handed over, cut into batches that suit the warehouse.

A batch of one topic that is exactly as long as wanted fills DuckDB's row groups, so its rows are
compressed once and go straight into the file: docs/decisions/landing-in-bulk.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from kafka import TopicPartition

from ingestion.record_batches import RECORD_SCHEMA, RawBatch, decode

MAX_BATCH_BYTES = 64 * 1024 * 1024


@dataclass
class Batch:
    """Records of one transaction, and where each partition's reading stands after it.

    Attributes:
        records: each topic's records, columns as in RECORD_SCHEMA; no topic without any.
        spans: for each partition, the offset it was read from and the next one to read.
        counts: how many records were read of each partition.
    """

    records: dict[str, pa.Table]
    spans: dict[TopicPartition, tuple[int, int]]
    counts: dict[TopicPartition, int]


class Pending:
    """Record batches by partition, from the first offset that was not handed over.

    Args:
        starts: the next offset of each partition.
        batch_records: how many records of a topic make a batch.
        first_records: of the first batch of a topic, where it is to be a shorter one.
    """

    def __init__(
        self,
        starts: Mapping[TopicPartition, int],
        batch_records: int,
        first_records: Mapping[str, int],
    ) -> None:
        self._firsts = dict(starts)
        self._batch_records = batch_records
        self._first_records = dict(first_records)
        self._raw: dict[TopicPartition, list[RawBatch]] = {partition: [] for partition in starts}

    def add(self, partition: TopicPartition, batches: Sequence[RawBatch]) -> None:
        """Keep some batches; what lies outside the drain in them is left out in the end."""
        self._raw[partition].extend(batches)

    def full(self, positions: Mapping[TopicPartition, int]) -> Iterator[Batch]:
        """Batches of the wanted length, of one topic each; everything where it is large.

        Args:
            positions: how far each partition was read.
        """
        topics = sorted({partition.topic for partition in self._raw})
        for topic in topics:
            while self._count(topic) >= self._wanted(topic):
                wanted = self._wanted(topic)
                self._first_records.pop(topic, None)
                yield self._taken(self._of(topic), positions, wanted)
        if sum(len(batch) for raw in self._raw.values() for batch in raw) >= MAX_BATCH_BYTES:
            yield self.rest(positions)

    def rest(self, positions: Mapping[TopicPartition, int]) -> Batch:
        """All that is left."""
        return self._taken(list(self._raw), positions, None)

    def _wanted(self, topic: str) -> int:
        return self._first_records.get(topic, self._batch_records)

    def _of(self, topic: str) -> list[TopicPartition]:
        return [partition for partition in self._raw if partition.topic == topic]

    def _count(self, topic: str) -> int:
        """How many records of a topic wait; fewer where its offsets have holes."""
        return sum(
            min(batch.count, batch.offset + 1 - self._firsts[partition])
            for partition in self._of(topic)
            for batch in self._raw[partition]
        )

    def _taken(
        self,
        partitions: Sequence[TopicPartition],
        positions: Mapping[TopicPartition, int],
        wanted: int | None,
    ) -> Batch:
        """Take that many records of these partitions out, or all of them."""
        taken = _Taken()
        for partition in partitions:
            left = None if wanted is None else wanted - taken.total
            first = self._firsts[partition]
            following, rows = self._rows(partition, positions[partition], left)
            if following > first:
                taken.add(partition, (first, following), rows)
            self._firsts[partition] = following
            raw = self._raw[partition]
            self._raw[partition] = [batch for batch in raw if batch.offset >= following]
        return taken.batch()

    def _rows(
        self, partition: TopicPartition, position: int, wanted: int | None
    ) -> tuple[int, pa.RecordBatch | None]:
        """Up to that many of a partition's records, and the offset to go on from."""
        first, raw = self._firsts[partition], self._raw[partition]
        if wanted is not None:
            raw = _enough(raw, first, wanted)
        if not raw:
            return (position if wanted is None else first), None
        rows = _between(decode(partition.partition, raw), first, position)
        if wanted is not None and rows.num_rows > wanted:
            rows = rows.slice(0, wanted)
            return int(rows.column("kafka_offset")[-1].as_py()) + 1, rows
        is_all = len(raw) == len(self._raw[partition])
        return (position if is_all else raw[-1].offset + 1), rows


@dataclass
class _Taken:
    """A batch in the making."""

    rows: dict[str, list[pa.RecordBatch]] = field(default_factory=dict)
    spans: dict[TopicPartition, tuple[int, int]] = field(default_factory=dict)
    counts: dict[TopicPartition, int] = field(default_factory=dict)
    total: int = 0

    def add(
        self, partition: TopicPartition, span: tuple[int, int], rows: pa.RecordBatch | None
    ) -> None:
        self.spans[partition] = span
        self.counts[partition] = 0 if rows is None else rows.num_rows
        self.total += self.counts[partition]
        if rows is not None and rows.num_rows:
            self.rows.setdefault(partition.topic, []).append(rows)

    def batch(self) -> Batch:
        records = {
            topic: pa.Table.from_batches(rows, schema=RECORD_SCHEMA)
            for topic, rows in self.rows.items()
        }
        return Batch(records, self.spans, self.counts)


def _enough(raw: Sequence[RawBatch], first: int, wanted: int) -> list[RawBatch]:
    """The first batches that hold that many records together, or all."""
    enough: list[RawBatch] = []
    count = 0
    for batch in raw:
        if count >= wanted:
            break
        enough.append(batch)
        count += min(batch.count, batch.offset + 1 - first)
    return enough


def _between(rows: pa.RecordBatch, first: int, following: int) -> pa.RecordBatch:
    """The rows from one offset up to another: a batch may begin before, or end after."""
    offsets = rows.column("kafka_offset").to_numpy()
    begin, end = offsets.searchsorted([first, following])
    return rows.slice(begin, end - begin)
