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
from kafka.consumer.fetcher import ConsumerRecord

from ingestion.contracts.topics import Topic, load_topics
from runtime.errors import AttacheError

POLL_MS = 1_000
POLL_RECORDS = 20_000
STALL_SECONDS = 120
MAX_BATCH_BYTES = 64 * 1024 * 1024

RECORD_SCHEMA = pa.schema(
    {
        "kafka_partition": pa.int32(),
        "kafka_offset": pa.int64(),
        "kafka_timestamp_ms": pa.int64(),
        "key": pa.binary(),
        "value": pa.binary(),
    }
)


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
        max_poll_records=POLL_RECORDS,
    )
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
        batch_records: about how many records make a batch; never more than a poll above it.

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
        polled = consumer.poll(timeout_ms=POLL_MS, max_records=POLL_RECORDS)
        moved = _advance(consumer, open_ends, positions)
        for partition, records in polled.items():
            pending.add(partition, records, extents[partition].end)
        heard = time.monotonic() if moved else heard
        if time.monotonic() - heard > STALL_SECONDS:
            raise DrainStalledError(
                f"The broker gave nothing for {STALL_SECONDS} s, before {len(open_ends)} ends.",
                "What was landed is kept; run `attache land` again once the broker answers.",
            )
        if pending.count >= batch_records or pending.bytes >= MAX_BATCH_BYTES or not open_ends:
            yield pending.take(positions)


@dataclass
class _Pending:
    """Records that were read and not yet handed over."""

    firsts: dict[TopicPartition, int]
    columns: dict[str, list[ConsumerRecord]] = field(default_factory=dict)
    count: int = 0
    bytes: int = 0

    def add(self, partition: TopicPartition, records: list[ConsumerRecord], end: int) -> None:
        """Keep the records below the end."""
        kept = records if records[-1].offset < end else [r for r in records if r.offset < end]
        self.columns.setdefault(partition.topic, []).extend(kept)
        self.count += len(kept)
        self.bytes += sum(len(record.value or b"") for record in kept)

    def take(self, positions: Mapping[TopicPartition, int]) -> Batch:
        """Hand everything over as a batch, and start the next one where it ends."""
        records = {topic: _table(rows) for topic, rows in self.columns.items() if rows}
        spans = {
            partition: (first, positions[partition])
            for partition, first in self.firsts.items()
            if positions[partition] > first
        }
        self.firsts = dict(positions)
        self.columns, self.count, self.bytes = {}, 0, 0
        return Batch(records, spans)


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


def _table(rows: list[ConsumerRecord]) -> pa.Table:
    return pa.table(
        [
            [row.partition for row in rows],
            [row.offset for row in rows],
            [row.timestamp for row in rows],
            [row.key for row in rows],
            [row.value for row in rows],
        ],
        schema=RECORD_SCHEMA,
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
