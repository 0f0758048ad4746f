"""What producers were told against what the topics hold: end offsets before and after."""

from __future__ import annotations

from collections import Counter
from contextlib import closing

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from ingestion.contracts.topics import load_topics
from runtime.errors import AttacheError

ANSWER_MILLISECONDS = 10_000

Ends = dict[TopicPartition, int]


def topic_ids(servers: str) -> list[str]:
    """The ids of the contract's topics; a topic that was deleted and made anew has another.

    Raises:
        AttacheError: nobody answers.
    """
    try:
        with KafkaAdminClient(bootstrap_servers=servers.split(",")) as admin:
            described = admin.describe_topics([topic.name for topic in load_topics()])
    except KafkaError as error:
        raise AttacheError(
            f"The Kafka at {servers} can't be asked for its topics: {error}.", "Try it again."
        ) from error
    return sorted(str(topic["topic_id"]) for topic in described)


def end_offsets(servers: str) -> Ends | None:
    """The end offset of every partition of the contract's topics; None where nobody answers."""
    try:
        with closing(
            KafkaConsumer(
                bootstrap_servers=servers.split(","),
                bootstrap_timeout_ms=ANSWER_MILLISECONDS,
                request_timeout_ms=ANSWER_MILLISECONDS,
                enable_auto_commit=False,
                group_id=None,
            )
        ) as consumer:
            partitions = [
                TopicPartition(topic.name, number)
                for topic in load_topics()
                for number in consumer.partitions_for_topic(topic.name) or ()
            ]
            ends: Ends = consumer.end_offsets(partitions)
            return ends
    except KafkaError:
        return None


def growth(before: Ends | None, after: Ends | None) -> dict[str, int] | None:
    """By how much each topic grew; None where one of the two readings is missing."""
    if before is None or after is None:
        return None
    grown: Counter[str] = Counter()
    for partition, end in after.items():
        grown[partition.topic] += end - before.get(partition, 0)
    return dict(grown)
