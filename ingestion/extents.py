"""What a Kafka holds of the contract's topics now, and a consumer to read it with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from ingestion.contracts.topics import Topic, load_topics
from ingestion.large_reads import read_large_pieces
from runtime.errors import AttacheError

POLL_BATCHES = 16


@dataclass(frozen=True)
class Extent:
    """What the broker holds of one partition: its topic's id, first and end offset."""

    topic_id: str
    begin: int
    end: int


@contextmanager
def open_consumer(servers: str) -> Iterator[KafkaConsumer]:
    """A consumer without a group, that sees committed transactions only."""
    read_large_pieces()
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
        fetch_max_wait_ms=10,
        max_poll_records=POLL_BATCHES,
        reconnect_backoff_max_ms=1_000,  # a broker that comes back is found at once
        retry_backoff_ms=10,
    )
    # it waits that long before it first asks for our topics, and does not hand its setting on
    consumer._cluster.config["retry_backoff_ms"] = 10
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
