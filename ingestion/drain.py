"""Reading Kafka from the warehouse's own offsets up to the ends of the start, and no further.

The broker's committed offsets play no part: what has been landed is known where it was landed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from ingestion.contracts.topics import Topic, load_topics
from ingestion.record_batches import RECORD_SCHEMA, RawBatch, decode, read_in_bulk
from runtime.errors import AttacheError

POLL_MS = 1_000
POLL_BATCHES = 16
LOOK_POLLS = 20
STALL_SECONDS = 120
MAX_BATCH_BYTES = 64 * 1024 * 1024
SCAN_ROWS = 16_384  # what one thread of DuckDB takes at a time


class DrainStalledError(AttacheError):
    """The broker stopped giving records before the end offsets were reached."""


@dataclass(frozen=True)
class Extent:
    """What the broker holds of one partition: its topic's id, first and end offset."""

    topic_id: str
    begin: int
    end: int


@dataclass
class Batch:
    """Records of one transaction, and where each partition's reading stands after it.

    Attributes:
        records: each topic's records, columns as in RECORD_SCHEMA.
        spans: for each partition, the offset it was read from and the next one to read.
    """

    records: dict[str, pa.Table]
    spans: dict[TopicPartition, tuple[int, int]]

    @property
    def record_count(self) -> int:
        return sum(table.num_rows for table in self.records.values())


@contextmanager
def open_consumer(servers: str) -> Iterator[KafkaConsumer]:
    """A consumer without a group, that sees committed transactions only."""
    consumer = KafkaConsumer(
        bootstrap_servers=servers.split(","),
        client_id="attache-landing",
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        fetch_max_bytes=32 * 1024 * 1024,
        max_partition_fetch_bytes=8 * 1024 * 1024,
        receive_buffer_bytes=1024 * 1024,
        max_poll_records=POLL_BATCHES,
        reconnect_backoff_max_ms=1_000,  # a broker that comes back is found at once
    )
    read_in_bulk(consumer)
    try:
        yield consumer
    finally:
        consumer.close()


def read_extents(servers: str, consumer: KafkaConsumer) -> dict[TopicPartition, Extent]:
    """What the broker holds now of every partition of the contract's topics.

    Topics that refer to others are asked first, so an event is never read up to an end that its
    post's topic had not yet reached.
    """
    topics = load_topics()
    ids = _topic_ids(servers, topics)
    extents: dict[TopicPartition, Extent] = {}
    for rank in sorted({topic.rank for topic in topics}, reverse=True):
        names = [topic.name for topic in topics if topic.rank == rank]
        partitions = [
            TopicPartition(name, number)
            for name in names
            for number in sorted(consumer.partitions_for_topic(name) or ())
        ]
        ends = consumer.end_offsets(partitions)
        begins = consumer.beginning_offsets(partitions)
        for partition in partitions:
            topic_id = ids[partition.topic]
            extents[partition] = Extent(topic_id, begins[partition], ends[partition])
    return extents


def read_batches(
    consumer: KafkaConsumer,
    starts: Mapping[TopicPartition, int],
    extents: Mapping[TopicPartition, Extent],
    batch_records: int,
) -> Iterator[Batch]:
    """Read every partition from its start to its end, in batches of bounded size.

    Args:
        starts: the next offset of each partition.
        batch_records: about how many records make a batch; at most a poll above it.

    Raises:
        DrainStalledError: nothing came for two minutes, though the end was not reached.
    """
    open_ends = {p: extents[p].end for p, start in starts.items() if start < extents[p].end}
    consumer.assign(list(open_ends))
    for partition in open_ends:
        consumer.seek(partition, starts[partition])
    positions = {partition: starts[partition] for partition in open_ends}
    pending = _Pending(dict(positions))
    heard = time.monotonic()
    while open_ends:
        polled = consumer.poll(timeout_ms=POLL_MS, max_records=POLL_BATCHES)
        moved = _advance(consumer, open_ends, positions)
        for partition, records in polled.items():
            pending.add(partition, [record.value for record in records])
        heard = time.monotonic() if moved else heard
        if time.monotonic() - heard > STALL_SECONDS:
            raise DrainStalledError(
                f"The broker gave nothing for {STALL_SECONDS} s, before {len(open_ends)} ends.",
                "What was landed is kept; run `attache land` again once the broker answers.",
            )
        if pending.count >= batch_records or pending.bytes >= MAX_BATCH_BYTES or not open_ends:
            yield pending.take(positions)


def oldest_produced(
    consumer: KafkaConsumer, starts: Mapping[TopicPartition, int]
) -> dict[TopicPartition, float]:
    """When the record batch at each offset was produced, in Unix seconds.

    A partition that gives nothing within a few polls, one of aborted records say, is left out.
    """
    consumer.assign(list(starts))
    for partition, offset in starts.items():
        consumer.seek(partition, offset)
    produced: dict[TopicPartition, float] = {}
    for _ in range(LOOK_POLLS):
        if len(produced) == len(starts):
            break
        for partition, records in consumer.poll(timeout_ms=POLL_MS, max_records=1).items():
            produced.setdefault(partition, records[0].value.timestamp / 1000)
            consumer.pause(partition)
    return produced


@dataclass
class _Pending:
    """What was fetched and not yet handed over."""

    firsts: dict[TopicPartition, int]
    raw: dict[TopicPartition, list[RawBatch]] = field(default_factory=dict)
    count: int = 0
    bytes: int = 0

    def add(self, partition: TopicPartition, batches: list[RawBatch]) -> None:
        """Keep some batches; what lies outside the drain in them is left out at the end."""
        self.raw.setdefault(partition, []).extend(batches)
        self.count += sum(batch.count for batch in batches)
        self.bytes += sum(len(batch) for batch in batches)

    def take(self, positions: Mapping[TopicPartition, int]) -> Batch:
        """Hand everything over as a batch, and start the next one where it ends."""
        decoded: dict[str, list[pa.RecordBatch]] = {}
        for partition, batches in self.raw.items():
            rows = decode(partition.partition, batches)
            rows = _between(rows, self.firsts[partition], positions[partition])
            decoded.setdefault(partition.topic, []).append(rows)
        records = {topic: _table(rows) for topic, rows in decoded.items()}
        spans = {
            partition: (first, positions[partition])
            for partition, first in self.firsts.items()
            if positions[partition] > first
        }
        self.firsts = dict(positions)
        self.raw, self.count, self.bytes = {}, 0, 0
        return Batch({topic: rows for topic, rows in records.items() if rows.num_rows}, spans)


def _advance(
    consumer: KafkaConsumer,
    open_ends: dict[TopicPartition, int],
    positions: dict[TopicPartition, int],
) -> bool:
    """Note how far each open partition was read; close those at their end. True if any moved."""
    moved = False
    for partition, end in list(open_ends.items()):
        position = min(consumer.position(partition), end)
        moved = moved or position > positions[partition]
        positions[partition] = position
        if position >= end:
            del open_ends[partition]
            consumer.pause(partition)
    return moved


def _between(rows: pa.RecordBatch, first: int, following: int) -> pa.RecordBatch:
    """The rows from one offset up to another: a batch may begin before, or end after."""
    offsets = rows.column("kafka_offset").to_numpy()
    begin, end = offsets.searchsorted([first, following])
    return rows.slice(begin, end - begin)


def _table(rows: list[pa.RecordBatch]) -> pa.Table:
    """In pieces that several threads can share."""
    return pa.Table.from_batches(
        pa.Table.from_batches(rows).to_batches(max_chunksize=SCAN_ROWS), schema=RECORD_SCHEMA
    )


def _topic_ids(servers: str, topics: tuple[Topic, ...]) -> dict[str, str]:
    """Each topic's id: a topic that was deleted and made again has a new one."""
    admin = KafkaAdminClient(bootstrap_servers=servers.split(","), client_id="attache-landing")
    try:
        described = admin.describe_topics([topic.name for topic in topics])
    finally:
        admin.close()
    ids = {topic["name"]: str(topic["topic_id"]) for topic in described if not topic["error_code"]}
    missing = [topic.name for topic in topics if topic.name not in ids]
    if missing:
        raise AttacheError(
            f"The broker has no topic {', '.join(missing)}.",
            "Make them as ingestion/contracts/topics says.",
        )
    return ids
