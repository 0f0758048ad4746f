"""The topics, read from `topics/*.toml`: one kind of event each."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

TOPICS_FOLDER = Path(__file__).parent / "topics"


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One topic as its file describes it.

    Attributes:
        rank: order of dependency; an event may refer to events of a lower rank only.
        table: the table of the raw schema that it lands in.
        key: which fields of `data` make the message key.
        retention_hours: how long the broker keeps a record; -1 for ever.
    """

    name: str
    owner: str
    description: str
    event_type: str
    table: str
    rank: int
    key: tuple[str, ...]
    partitions: int
    replication_factor: int
    cleanup_policy: Literal["delete", "compact"]
    retention_hours: int

    @property
    def config(self) -> dict[str, str]:
        """The broker's settings of this topic."""
        hours = self.retention_hours
        return {
            "cleanup.policy": self.cleanup_policy,
            "retention.ms": str(hours if hours < 0 else hours * 3_600_000),
        }


@cache
def load_topics() -> tuple[Topic, ...]:
    """All topics, in order of dependency: accounts, posts, then what refers to them."""
    files = sorted(TOPICS_FOLDER.glob("*.toml"))
    topics = [msgspec.toml.decode(path.read_bytes(), type=Topic) for path in files]
    return tuple(sorted(topics, key=lambda topic: (topic.rank, topic.name)))


@cache
def topic_of(event_type: str) -> Topic:
    """The topic that events of a type are produced to."""
    return next(topic for topic in load_topics() if topic.event_type == event_type)


def topic_named(name: str) -> Topic:
    """The topic that Kafka knows by this name."""
    return next(topic for topic in load_topics() if topic.name == name)
