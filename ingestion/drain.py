"""Reading Kafka from the warehouse's own offsets up to the ends of the start, and no further.

The broker's committed offsets play no part: what has been landed is known where it was landed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from ingestion.contracts.topics import Topic, load_topics
from ingestion.pending import Batch, Pending
from ingestion.record_batches import read_in_bulk
from runtime.errors import AttacheError

POLL_MS = 1_000
POLL_BATCHES = 16
LOOK_POLLS = 20
STALL_SECONDS = 120


class DrainStalledError(AttacheError):
    """The broker stopped giving records before the end offsets were reached."""


@dataclass(frozen=True)
class Extent:
    """What the broker holds of one partition: its topic's id, first and end offset."""

    topic_id: str
    begin: int
    end: int


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
        fetch_max_bytes=8 * 1024 * 1024,
        max_partition_fetch_bytes=2 * 1024 * 1024,
        receive_buffer_bytes=1024 * 1024,
        max_poll_records=POLL_BATCHES,
        reconnect_backoff_max_ms=1_000,  # a broker that comes back is found at once
        retry_backoff_ms=10,  # the client waits that long before it first asks for our topics, too
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
        batch_records: how many records of a topic make a batch.

    Raises:
        DrainStalledError: nothing came for two minutes, though the end was not reached.
    """
    open_ends = {p: extents[p].end for p, start in starts.items() if start < extents[p].end}
    consumer.assign(list(open_ends))
    for partition in open_ends:
        consumer.seek(partition, starts[partition])
    positions = {partition: starts[partition] for partition in open_ends}
    pending = Pending(positions, batch_records)
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
        yield from pending.full(positions)
    last = pending.rest(positions)
    if last.spans:
        yield last


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
