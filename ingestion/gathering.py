"""Messages gathered by partition until there are enough for a batch."""

from __future__ import annotations

from kafka import TopicPartition
from kafka.partitioner.default import murmur2

from ingestion.contracts.topics import Topic
from ingestion.sources.source import Message

RECORD_OVERHEAD_BYTES = 256
"""What is kept in memory for a record besides its key and value."""
REMEMBERED_KEYS = 65_536


class Gathering:
    """The messages of one partition that wait for more.

    Attributes:
        size: bytes that they stand for in memory.
        first_index: the place of the first one in the run.
    """

    __slots__ = ("first_index", "messages", "partition", "size")

    def __init__(self, partition: TopicPartition) -> None:
        self.partition = partition
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.messages: list[Message] = []
        self.size = 0
        self.first_index = 0

    def add(self, message: Message, size: int, index: int) -> None:
        """Gather one message more; `size` is that of its key and value."""
        if not self.messages:
            self.first_index = index
        self.messages.append(message)
        self.size += size + RECORD_OVERHEAD_BYTES


class Lane:
    """One topic: which partition a key belongs to, and what each partition has gathered.

    Attributes:
        record_limit: bytes of key and value that the topic takes in one record.
    """

    def __init__(self, topic: Topic, partitions: int, record_limit: int) -> None:
        self.record_limit = record_limit
        self.rank = topic.rank
        self.gatherings = [Gathering(TopicPartition(topic.name, n)) for n in range(partitions)]
        self._places: dict[bytes, Gathering] = {}

    def place(self, key: bytes) -> Gathering:
        """Where every Kafka client puts this key; remembered, since its hash is slow in Python."""
        place = self._places.get(key)
        if place is None:
            if len(self._places) >= REMEMBERED_KEYS:
                self._places.clear()
            place = self.gatherings[(murmur2(key) & 0x7FFFFFFF) % len(self.gatherings)]
            self._places[key] = place
        return place
