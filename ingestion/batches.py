"""Whole record batches into kafka-python: encoded in bulk, then the client's own from there on.

`KafkaProducer.send` costs some 20 µs a record: a future, two locks, a bytearray. Here a batch is
encoded in one go and put where the client keeps its filled batches. Its sender does the rest, as
for any other batch: producer id, epoch, sequence numbers, compression, checksum, retries.

This leans on the client's insides (`_accumulator`, `_sender`, `_builder`), pinned by the lock file;
`tests/unit/test_batches.py` compares the bytes with the client's own and fails on drift.
Why: docs/decisions/producing.md.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, KafkaTimeoutError
from kafka.producer.producer_batch import ProducerBatch
from kafka.record.memory_records import MemoryRecordsBuilder
from kafka.record.util import encode_varint

from ingestion.sources.source import Message

COMPRESSION = "lz4"
MAX_REQUEST_BYTES = 1024 * 1024
"""The client's and Kafka's own default."""
FRAMING_BYTES = 128
"""What a record and its batch need, at most, besides key and value."""
LARGEST_RECORD_BYTES = MAX_REQUEST_BYTES - FRAMING_BYTES
NEVER_MILLISECONDS = 30 * 24 * 3600 * 1000
RECONNECT_MILLISECONDS = 1_000


class Batch(ProducerBatch):  # type: ignore[misc]  # kafka-python has no types
    """Messages of one partition on their way; the client keeps their order.

    Attributes:
        messages: what is in it.
        first_index: the place of its first message in the run.
        size: bytes that it stands for in memory.
    """

    def __init__(
        self, partition: TopicPartition, messages: list[Message], first_index: int, size: int
    ) -> None:
        super().__init__(partition, _records(messages))
        self.messages = messages
        self.first_index = first_index
        self.size = size

    @property
    def is_settled(self) -> bool:
        """It is acknowledged, or has failed."""
        return bool(self.is_done)

    def wait(self, seconds: float) -> None:
        """Return when it is settled, or after that time at the latest."""
        self.produce_future.wait(seconds)

    def error(self) -> KafkaError | None:
        """Why it was not acknowledged. None: it was."""
        if not self.is_done:
            return KafkaTimeoutError()
        _, _, exception_of = self.produce_future.value
        error: KafkaError | None = None if exception_of is None else exception_of(0)
        return error


class BatchClient:
    """An idempotent producer, acknowledged by all replicas, that is handed whole batches.

    It tries for as long as it is open: when to give up is for its user to say.

    Raises:
        KafkaError: no broker answers in that time.
    """

    def __init__(self, servers: str, seconds: float) -> None:
        self._servers = servers.split(",")
        self._producer = KafkaProducer(
            bootstrap_servers=self._servers,
            bootstrap_timeout_ms=int(seconds * 1000),
            max_block_ms=int(seconds * 1000),
            acks="all",
            enable_idempotence=True,
            compression_type=COMPRESSION,
            delivery_timeout_ms=NEVER_MILLISECONDS,
            reconnect_backoff_max_ms=RECONNECT_MILLISECONDS,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )

    def partition_count(self, topic: str) -> int:
        """How many partitions a topic has; raises KafkaError where none is known in time."""
        return len(self._producer.partitions_for(topic))

    def record_limit(self, topic: str) -> int:
        """Bytes of key and value that the topic takes, so that the client never has to split."""
        wanted = ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": None})
        with KafkaAdminClient(bootstrap_servers=self._servers) as admin:
            found = admin.describe_configs([wanted], config_filter="all")["topic"][topic]
        limit = int(found["max.message.bytes"]["value"])
        return min(limit, MAX_REQUEST_BYTES) - FRAMING_BYTES

    def hand_over(self, batch: Batch) -> None:
        """Queue a batch behind those of its partition, and return."""
        accumulator = self._producer._accumulator
        with accumulator._tp_lock(batch.topic_partition):
            accumulator._batches[batch.topic_partition].append(batch)
            accumulator._incomplete.add(batch)
        self._producer._sender.wakeup()

    def abort(self) -> None:
        """Fail what is not acknowledged. A request under way may still arrive."""
        self._producer._sender.force_close()
        self._producer._sender.join()

    def close(self) -> None:
        """Release threads and sockets; what is not acknowledged by now is failed."""
        self.abort()
        self._producer.close()


class _Varints(dict[int, bytes]):
    """Zigzag varints, kept: lengths and offsets come again and again."""

    def __missing__(self, number: int) -> bytes:
        encoded = bytearray()
        encode_varint(number, encoded.append)
        self[number] = bytes(encoded)
        return self[number]


_varints = _Varints()


def _records(messages: Sequence[Message]) -> MemoryRecordsBuilder:
    """The client's own builder, filled as if every message had been appended to it.

    The format is Kafka's record batch v2; every record carries the time of this call.
    """
    records = MemoryRecordsBuilder(2, _codec(), 0)
    builder = records._builder
    builder._buffer += _encode(messages)
    builder._first_timestamp = builder._max_timestamp = int(time.time() * 1000)
    builder._num_records = records._next_offset = len(messages)
    builder._last_offset = len(messages) - 1
    return records


def _codec() -> int:
    return int(KafkaProducer._COMPRESSORS[COMPRESSION][1])


def _encode(messages: Sequence[Message]) -> bytes:
    """Length, attributes, time delta 0, offset delta, key, value, no headers; for each message."""
    varints = _varints
    parts: list[bytes] = []
    for offset, message in enumerate(messages):
        key, value = message.key, message.value
        head = b"\0\0%b%b%b%b" % (varints[offset], varints[len(key)], key, varints[len(value)])
        parts += varints[len(head) + len(value) + 1], head, value, b"\0"
    return b"".join(parts)
