"""What became of the messages of a run, counted by topic."""

from __future__ import annotations

from collections import Counter

from ingestion.contracts.topics import topic_of
from ingestion.sources.source import Message


class Tally:
    """Counts by topic: sent = acknowledged + failed + spooled, whenever nothing is on its way.

    Attributes:
        bytes: of keys and values.
        reasons: names of the errors of what failed.
    """

    def __init__(self) -> None:
        self.acknowledged: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.spooled: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()

    def acknowledge(self, topic: str, count: int, size: int) -> None:
        self.acknowledged[topic] += count
        self.bytes[topic] += size

    def fail(self, message: Message, reason: str) -> None:
        self.reasons[reason] += 1
        self._count(self.failed, message)

    def spool(self, message: Message) -> None:
        self._count(self.spooled, message)

    def topics(self) -> list[str]:
        """The topics that anything was sent to."""
        return sorted({*self.acknowledged, *self.failed, *self.spooled})

    def sent(self, topic: str) -> int:
        return self.acknowledged[topic] + self.failed[topic] + self.spooled[topic]

    def _count(self, outcome: Counter[str], message: Message) -> None:
        topic = topic_of(message.event_type).name
        outcome[topic] += 1
        self.bytes[topic] += len(message.key) + len(message.value)
