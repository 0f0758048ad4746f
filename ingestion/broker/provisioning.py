"""Topics as their files describe them: missing ones are made, differing ones are reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, NoError, TopicAlreadyExistsError, for_code

from ingestion.broker.answer import open_admin
from ingestion.contracts.topics import Topic, load_topics
from runtime.errors import AttacheError

PATIENCE_MILLISECONDS = 30_000
"""To make a topic takes a large cluster its time."""


@dataclass(frozen=True)
class Difference:
    """One point on which the broker was not as a topic's file says.

    Attributes:
        setting: `partitions`, `replication.factor` or the broker's name of a topic setting;
            `topic` where the whole topic was missing.
        found: what the broker had, as text; None where it had nothing.
        created: the topic was missing and is there now; anything else was left as found.
    """

    topic: str
    setting: str
    wanted: str
    found: str | None
    created: bool = False

    def __str__(self) -> str:
        if self.created:
            return f"{self.topic} was missing; created with {self.wanted}"
        return f"{self.topic} has {self.setting} {self.found}, its file says {self.wanted}"


def provision(servers: str) -> list[Difference]:
    """Create the topics that are missing and compare the others with their files.

    What exists is never changed: a partition added would move keys, a retention cut would delete
    records, so both are for a person to decide. Safe to repeat, and for two at the same time.

    Raises:
        AttacheError: no broker answers, it can't be asked, or refuses to create a topic.
    """
    topics = load_topics()
    try:
        opened = open_admin(servers, PATIENCE_MILLISECONDS)
    except KafkaError as error:
        raise AttacheError(
            f"No Kafka answers at {servers}.",
            "Start that cluster or correct KAFKA_BOOTSTRAP_SERVERS (host:port,…); "
            "unset it to use the embedded broker.",
        ) from error
    try:
        with opened as admin:
            names = [topic.name for topic in topics]
            there = set(admin.list_topics())
            created = _create(admin, [topic for topic in topics if topic.name not in there])
            admin.wait_for_topics(names)
            layouts = {layout["name"]: layout for layout in admin.describe_topics(names)}
            configs = _configs(admin, topics)
    except KafkaError as error:
        raise AttacheError(
            f"The topics at {servers} could not be provisioned: {error}",
            "See that this Kafka answers and lets us describe and create topics, then try again.",
        ) from error
    differing = (
        difference
        for topic in topics
        for difference in _compare(topic, layouts[topic.name], configs[topic.name])
    )
    return [*created, *differing]


def _create(admin: KafkaAdminClient, missing: list[Topic]) -> list[Difference]:
    """Create topics; one that somebody else created meanwhile is not ours to report."""
    if not missing:
        return []
    wanted = {
        topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": topic.replication_factor,
            "configs": topic.config,
        }
        for topic in missing
    }
    answer = admin.create_topics(wanted, raise_errors=False)
    outcomes = {result["name"]: result for result in answer["topics"]}
    return [_created(topic) for topic in missing if _is_new(outcomes[topic.name])]


def _is_new(outcome: Mapping[str, Any]) -> bool:
    error = for_code(outcome["error_code"])
    if error not in (NoError, TopicAlreadyExistsError):
        raise error(f"{outcome['name']}: {outcome['error_message']}")
    return error is NoError


def _created(topic: Topic) -> Difference:
    settings = {"partitions": topic.partitions, **topic.config}
    wanted = ", ".join(f"{name}={value}" for name, value in settings.items())
    return Difference(topic.name, "topic", wanted, None, created=True)


def _configs(admin: KafkaAdminClient, topics: tuple[Topic, ...]) -> dict[str, dict[str, Any]]:
    """The settings in force, topic by topic: those that our files name."""
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, topic.name, dict.fromkeys(topic.config))
        for topic in topics
    ]
    described: dict[str, dict[str, Any]] = admin.describe_configs(resources, config_filter="all")[
        "topic"
    ]
    return described


def _compare(
    topic: Topic, layout: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[Difference]:
    partitions = layout["partitions"]
    found = {
        "partitions": str(len(partitions)),
        "replication.factor": str(len(partitions[0]["replica_nodes"])),
        **{name: str(config[name]["value"]) for name in topic.config},
    }
    wanted = {
        "partitions": str(topic.partitions),
        "replication.factor": str(topic.replication_factor),
        **topic.config,
    }
    for name, value in wanted.items():
        if found[name] != value:
            yield Difference(topic.name, name, value, found[name])
