"""The way of messages to Kafka or, where it stays away, to the spool."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from types import TracebackType

from kafka.errors import KafkaError, MessageSizeTooLargeError

from ingestion.batches import LARGEST_RECORD_BYTES, Batch, BatchClient
from ingestion.contracts.topics import topic_of
from ingestion.gathering import RECORD_OVERHEAD_BYTES, Gathering, Lane
from ingestion.sources.source import Message
from ingestion.spool import Spool, claimed, read_segment
from ingestion.tally import Tally
from runtime.errors import AttacheError
from runtime.progress import Meter

BATCH_BYTES = 512 * 1024
LINGER_SECONDS = 0.1
MAX_IN_FLIGHT_BYTES = 16 * 1024 * 1024
"""Beyond this, sending waits for acknowledgements."""
SYNC_MESSAGES = 10_000
"""How many messages are written to the spool between two synchronisations with the disk."""
LOOK_SECONDS = 1.0


class _OutageError(Exception):
    """Kafka stayed away for longer than our patience, or refused for good."""


class Delivery:
    """Sends messages, to Kafka while it is there, and accounts for every one.

    Attributes:
        tally: what became of them.
        from_spool: how many of those sent came out of the spool.
        outage: why nothing more goes to Kafka in this run; empty while it does.
    """

    def __init__(
        self,
        servers: str,
        meter: Meter,
        spool: Spool | None,
        patience_seconds: float,
        settled: Callable[[int], None] | None,
    ) -> None:
        self._meter = meter
        self._spool = spool
        self._patience = patience_seconds
        self._settled = settled
        self._lanes: dict[str, Lane] = {}
        self._waiting: deque[Batch] = deque()
        self._waiting_bytes = 0
        self._index = 0
        self._looked_at = 0.0
        self._unsent: list[Message] = []
        self._in_hand: list[Message] = []
        self.tally = Tally()
        self.from_spool = 0
        self.outage = ""
        self._client: BatchClient | None = None
        try:
            self._client = BatchClient(servers, patience_seconds)
        except KafkaError as error:
            self.outage = type(error).__name__
            if spool is None:
                raise AttacheError(
                    f"No Kafka answers at {servers}: {error}.",
                    "Start it (`attache up`), or correct KAFKA_BOOTSTRAP_SERVERS.",
                ) from error

    def __enter__(self) -> Delivery:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._client is not None:
            self._client.close()

    def send_spool(self) -> None:
        """Send each segment that waits, oldest first; one is removed when all of it arrived.

        A segment with an event that is too large is set aside as `.refused`, whole.
        """
        told, self._settled = self._settled, None
        for segment in self._spool.segments() if self._spool else ():
            with claimed(segment) as ours:
                if not ours or self.outage:
                    continue
                failed = self.tally.failed.total()
                self._stream(read_segment(segment))
                self.from_spool += self._index
                if self.outage:
                    for message in self._unsent:
                        self.tally.spool(message)  # the segment still has it
                    self._unsent = []
                elif self.tally.failed.total() > failed:
                    segment.rename(segment.with_suffix(".refused"))
                else:
                    segment.unlink()
        self._settled = told

    def send(self, messages: Iterable[Message]) -> None:
        """Send the messages; what Kafka doesn't take goes to the spool, or counts as failed."""
        self._index = 0
        source = iter(messages)
        if not self.outage:
            self._stream(source)
        if self.outage and self._spool is not None:
            self._keep(self._spool, source)
        for message in self._unsent:
            self.tally.fail(message, self.outage)

    def _stream(self, messages: Iterator[Message]) -> None:
        """Send until all is acknowledged or Kafka is given up: then `_unsent` has what is left."""
        self._index = 0
        try:
            self._gather(messages)
            self._barrier()
        except (_OutageError, KafkaError) as error:
            self.outage = self.outage or str(error) or type(error).__name__
            self._give_up()

    def _gather(self, messages: Iterator[Message]) -> None:
        rank = 0
        for message in messages:
            lane = self._lanes.get(message.event_type)
            if lane is None or lane.rank > rank:
                lane = self._enter(message)
                rank = max(rank, lane.rank)
            size = _size(message)
            if not self._refused(message, size, lane.record_limit):
                place = lane.place(message.key)
                if place.messages and place.size + size > min(BATCH_BYTES, lane.record_limit):
                    self._hand_over(place)
                place.add(message, size, self._index)
            self._index += 1
            if time.monotonic() - self._looked_at >= LINGER_SECONDS:
                self._hand_over_all()
                self._settle(MAX_IN_FLIGHT_BYTES)
            if self._waiting_bytes > MAX_IN_FLIGHT_BYTES:
                self._settle(MAX_IN_FLIGHT_BYTES // 2)

    def _enter(self, message: Message) -> Lane:
        """The lane of a topic, once everything of a lower rank is acknowledged."""
        topic = topic_of(message.event_type)
        try:
            self._barrier()
            if topic.event_type not in self._lanes:
                client = self._connected()
                partitions = client.partition_count(topic.name)
                self._lanes[topic.event_type] = Lane(
                    topic, partitions, client.record_limit(topic.name)
                )
        except (_OutageError, KafkaError):
            self._in_hand.append(message)
            raise
        return self._lanes[topic.event_type]

    def _barrier(self) -> None:
        """Return when everything sent is acknowledged or has failed."""
        self._hand_over_all()
        self._settle(0)

    def _hand_over_all(self) -> None:
        for gathering in self._gathered():
            self._hand_over(gathering)
        self._looked_at = time.monotonic()

    def _gathered(self) -> list[Gathering]:
        every = (gathering for lane in self._lanes.values() for gathering in lane.gatherings)
        return sorted((g for g in every if g.messages), key=lambda g: g.first_index)

    def _hand_over(self, gathered: Gathering) -> None:
        batch = Batch(gathered.partition, gathered.messages, gathered.first_index, gathered.size)
        gathered.clear()
        self._waiting.append(batch)
        self._waiting_bytes += batch.size
        self._connected().hand_over(batch)

    def _settle(self, down_to: int) -> None:
        """Wait for acknowledgements until no more than this many bytes are on their way."""
        while self._waiting and (self._waiting_bytes > down_to or self._waiting[0].is_settled):
            self._await(self._waiting[0])
            self._fold(self._waiting.popleft())
            if self.outage:
                raise _OutageError(self.outage)
            self._tell()

    def _await(self, batch: Batch) -> None:
        """Return when a batch is settled; give up when for too long none was."""
        settled, heard_at = 0, time.monotonic()
        while not batch.is_settled:
            batch.wait(min(LOOK_SECONDS, self._patience))
            now_settled = sum(other.is_settled for other in self._waiting)
            if now_settled > settled:
                settled, heard_at = now_settled, time.monotonic()
            elif time.monotonic() - heard_at >= self._patience:
                raise _OutageError(f"no acknowledgement for {self._patience:g} s")

    def _fold(self, batch: Batch) -> None:
        """Count a batch that is acknowledged; the messages of another are unsent."""
        self._waiting_bytes -= batch.size
        error = batch.error()
        if error is not None:
            self.outage = self.outage or type(error).__name__
            self._unsent += batch.messages
            return
        count = len(batch.messages)
        size = batch.size - count * RECORD_OVERHEAD_BYTES
        self.tally.acknowledge(batch.topic_partition.topic, count, size)
        self._meter.advance(count)

    def _tell(self) -> None:
        """Say how many of the first messages are settled, each of them."""
        if self._settled is not None:
            firsts = [batch.first_index for batch in self._waiting]
            firsts += [gathering.first_index for gathering in self._gathered()]
            self._settled(min(firsts, default=self._index))

    def _give_up(self) -> None:
        """Stop sending; what is not acknowledged by now is unsent, in the order it came in."""
        self._connected().abort()
        while self._waiting:
            self._fold(self._waiting.popleft())
        for gathering in self._gathered():
            self._unsent += gathering.messages
            gathering.clear()
        self._unsent += self._in_hand
        self._index += len(self._in_hand)
        self._in_hand = []

    def _keep(self, spool: Spool, source: Iterator[Message]) -> None:
        """Write what is unsent, then the rest of the source, to the disk."""
        unsent, self._unsent = self._unsent, []
        self._index -= len(unsent)
        rest = chain(unsent, source)
        with spool.writer() as writer:
            while portion := list(islice(rest, SYNC_MESSAGES)):
                fitting = [
                    m for m in portion if not self._refused(m, _size(m), LARGEST_RECORD_BYTES)
                ]
                for message in fitting:
                    writer.append(message)
                writer.sync()
                for message in fitting:
                    self.tally.spool(message)
                self._meter.advance(len(portion))
                self._index += len(portion)
        if self._settled is not None:
            self._settled(self._index)

    def _refused(self, message: Message, size: int, limit: int) -> bool:
        """Whether a message is larger than Kafka takes; then it's counted as failed."""
        if size <= limit:
            return False
        self.tally.fail(message, MessageSizeTooLargeError.__name__)
        return True

    def _connected(self) -> BatchClient:
        if self._client is None:
            raise _OutageError(self.outage)
        return self._client


def _size(message: Message) -> int:
    return len(message.key) + len(message.value)
