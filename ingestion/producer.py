"""Into Kafka: idempotent, acknowledged by all replicas, each delivery accounted for.

Records keep the time of their production as Kafka's timestamp. The time of the fact is inside the
event: as the record's timestamp it would let the topic's retention delete old facts on arrival.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec
from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError
from kafka.partitioner.default import murmur2

from ingestion.contracts.topics import Topic, topic_of
from ingestion.sources.source import Message
from runtime.errors import AttacheError
from runtime.progress import Meter

COMPRESSION = "lz4"
BATCH_BYTES = 256 * 1024
LINGER_MILLISECONDS = 50
MAX_IN_FLIGHT_BYTES = 16 * 1024 * 1024
"""The client itself sets no bound: beyond this, sending waits for acknowledgements."""
RECORD_OVERHEAD_BYTES = 1024
"""What the client keeps in memory for a record besides the record."""
METER_STEP = 1_000


class DeliveryError(AttacheError):
    """Some events were not acknowledged. The message says how many and why."""


class TopicReport(msgspec.Struct, frozen=True):
    """Counts of one topic: sent = acknowledged + failed. `bytes` are those of keys and values."""

    topic: str
    sent: int
    acknowledged: int
    failed: int
    bytes: int


class ProduceReport(msgspec.Struct, frozen=True):
    """What a run produced, in all and by topic."""

    sent: int
    acknowledged: int
    failed: int
    bytes: int
    seconds: float
    topics: tuple[TopicReport, ...]


def produce(servers: str, messages: Iterable[Message], meter: Meter) -> ProduceReport:
    """Send all messages and wait until every one is acknowledged.

    When the rank of the topic rises, what was sent before is acknowledged first, so that no event
    refers to one that Kafka doesn't have yet. Memory stays bounded whatever the source delivers.

    An event that is too large for Kafka doesn't hold up the others. Any other failure ends the run
    at once: what comes later may refer to what was lost.

    Raises:
        DeliveryError: at the end, where any delivery failed; nothing is dropped silently.
        AttacheError: the cluster can't be reached at all.
    """
    started = time.monotonic()
    with _Delivery(_client(servers), meter) as delivery:
        rank = 0
        for message in messages:
            topic = topic_of(message.event_type)
            if topic.rank > rank:
                delivery.barrier()
                rank = topic.rank
            if delivery.broken:
                break
            delivery.send(topic, message)
        delivery.barrier()
    report = delivery.report(time.monotonic() - started)
    if report.failed:
        reasons = ", ".join(f"{name} {n:,} times" for name, n in delivery.reasons.most_common())
        raise DeliveryError(
            f"{report.failed:,} events of {report.sent:,} were not acknowledged: {reasons}.",
            "Mend the cause and run it again: an event that arrives twice counts once.",
        )
    return report


def _client(servers: str) -> Any:
    try:
        return KafkaProducer(
            bootstrap_servers=servers,
            acks="all",
            enable_idempotence=True,
            compression_type=COMPRESSION,
            batch_size=BATCH_BYTES,
            linger_ms=LINGER_MILLISECONDS,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
    except KafkaError as error:
        raise AttacheError(
            f"No Kafka answers at {servers}: {error}.",
            "Start it (`attache up`), or correct KAFKA_BOOTSTRAP_SERVERS.",
        ) from error


class _Delivery:
    """Counts what was sent against what was acknowledged, on the caller's thread alone."""

    def __init__(self, client: Any, meter: Meter) -> None:
        self._client = client
        self._meter = meter
        self._waiting: deque[tuple[Any, str, int]] = deque()
        self._waiting_bytes = 0
        self._unmetered = 0
        self._partition = lru_cache(maxsize=1024)(self._partition_of)
        self.sent: Counter[str] = Counter()
        self.acknowledged: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.broken = False

    def __enter__(self) -> _Delivery:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close(timeout=0 if self._waiting else None)

    def send(self, topic: Topic, message: Message) -> None:
        """Hand one message to the client; waits where too much is on its way."""
        name, key, value = topic.name, message.key, message.value
        size = len(key) + len(value)
        self.sent[name] += 1
        self.bytes[name] += size
        try:
            future = self._client.send(name, value, key, partition=self._partition(name, key))
        except KafkaError as error:
            self._fail(name, error)
            return
        self._waiting.append((future, name, size + RECORD_OVERHEAD_BYTES))
        self._waiting_bytes += size + RECORD_OVERHEAD_BYTES
        if self._waiting_bytes > MAX_IN_FLIGHT_BYTES:
            self._settle(MAX_IN_FLIGHT_BYTES // 2)

    def barrier(self) -> None:
        """Return when everything sent is acknowledged or has failed."""
        self._client.flush()
        self._settle(0)
        self._advance(0)

    def report(self, seconds: float) -> ProduceReport:
        topics = tuple(
            TopicReport(
                name, self.sent[name], self.acknowledged[name], self.failed[name], self.bytes[name]
            )
            for name in sorted(self.sent)
        )
        return ProduceReport(
            sent=self.sent.total(),
            acknowledged=self.acknowledged.total(),
            failed=self.failed.total(),
            bytes=self.bytes.total(),
            seconds=seconds,
            topics=topics,
        )

    def _settle(self, down_to: int) -> None:
        while self._waiting and self._waiting_bytes >= down_to:
            future, name, size = self._waiting.popleft()
            self._waiting_bytes -= size
            try:
                if not future.succeeded():
                    future.get()
            except KafkaError as error:
                self._fail(name, error)
            else:
                self.acknowledged[name] += 1
                self._unmetered += 1
        self._advance(METER_STEP)

    def _advance(self, at_least: int) -> None:
        if self._unmetered >= at_least:
            self._meter.advance(self._unmetered)
            self._unmetered = 0

    def _fail(self, name: str, error: KafkaError) -> None:
        self.failed[name] += 1
        self.reasons[type(error).__name__] += 1
        self.broken = self.broken or not isinstance(error, MessageSizeTooLargeError)

    def _partition_of(self, topic: str, key: bytes) -> int:
        """Where every Kafka client puts this key; kept, since its hash is slow in Python."""
        partitions = self._client.partitions_for(topic)
        if not partitions:
            raise KafkaTimeoutError(f"{topic} has no partitions")
        return int((murmur2(key) & 0x7FFFFFFF) % len(partitions))
