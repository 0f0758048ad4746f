"""Record batches as columns: what kafka-python fetched, decoded in bulk and not record by record.

kafka-python talks to the broker, checks sums, decompresses, and leaves out aborted transactions;
only its loop over single records is replaced. Source of the format: Kafka's record batch, magic 2,
https://kafka.apache.org/documentation/#messageformat
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from kafka import KafkaConsumer
from kafka.consumer.fetcher import Fetcher
from kafka.record.default_records import DefaultRecordBatch
from numpy.typing import NDArray

from ingestion.contracts.scan import PADDING, Integers, Scan
from runtime.errors import AttacheError

RECORD_SCHEMA = pa.schema(
    {
        "kafka_partition": pa.int32(),
        "kafka_offset": pa.int64(),
        "kafka_timestamp_ms": pa.int64(),
        "key": pa.binary_view(),
        "value": pa.binary_view(),
    }
)

CACHED_BYTES = 256 * 1024


class OldFormatError(AttacheError):
    """The broker gave records in a format older than Kafka 0.11."""


class RawBatch:
    """One record batch, decompressed and not yet decoded. Looks like a record to kafka-python.

    Attributes:
        offset: of its last record; kafka-python goes on after it.
        count: how many records it holds.
    """

    key = None
    headers = ()
    checksum = None
    timestamp_type = 0

    def __init__(self, batch: DefaultRecordBatch, body: memoryview) -> None:
        self.body = body
        self.count: int = batch.records_count
        self.base_offset: int = batch.base_offset
        self.offset: int = batch.last_offset
        self.size_in_bytes: int = batch.size_in_bytes
        self.timestamp: int = batch.first_timestamp
        self.fixed_timestamp: int | None = batch.max_timestamp if batch.timestamp_type else None

    def __len__(self) -> int:
        return len(self.body)

    @property
    def value(self) -> RawBatch:
        """Itself, and not kept as an attribute: a cycle would keep the body until the next gc."""
        return self

    def validate_crc(self) -> bool:
        """The batch's sum was checked by kafka-python; a record has none of its own."""
        return True


def read_in_bulk(consumer: KafkaConsumer) -> None:
    """Make `poll` give a RawBatch as the value of each record, in place of single records."""
    consumer._fetcher.PartitionRecords = _BulkPartitionRecords


def decode(partition: int, batches: Sequence[RawBatch]) -> pa.RecordBatch:
    """The records of some batches of one partition, in order, as columns of RECORD_SCHEMA."""
    body = b"".join([*(batch.body for batch in batches), PADDING])
    scan = Scan(body)
    data = scan.data
    counts = np.array([batch.count for batch in batches])
    at = _record_starts(body, data, int(counts.sum())) + 1  # past attributes
    timestamp_delta, at = _varints(data, at)
    offset_delta, at = _varints(data, at)
    key_length, at = _varints(data, at)
    key_at, at = at, at + np.maximum(key_length, 0)
    value_length, value_at = _varints(data, at)
    offset = np.repeat(np.array([batch.base_offset for batch in batches]), counts) + offset_delta
    columns = [
        pa.array(np.full(len(offset), partition, dtype=np.int32)),
        pa.array(offset),
        pa.array(_timestamps(batches, counts, timestamp_delta)),
        scan.blobs(key_at, key_length),
        scan.blobs(value_at, value_length),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=RECORD_SCHEMA)


class _BulkPartitionRecords(Fetcher.PartitionRecords):  # type: ignore[misc]
    def _unpack_records(self, tp: Any, records: Any, *deserializers: Any) -> Any:
        return super()._unpack_records(tp, _BulkRecords(records), *deserializers)


class _BulkRecords:
    """Batches whose iteration gives the batch whole. Control batches stay kafka-python's own."""

    def __init__(self, records: Any) -> None:
        self._records = records

    def next_batch(self) -> DefaultRecordBatch | None:
        batch = self._records.next_batch()
        if batch is None or (type(batch) is DefaultRecordBatch and batch.is_control_batch):
            return batch
        if type(batch) is not DefaultRecordBatch:
            raise OldFormatError(
                "The topic holds records of a format older than Kafka 0.11.",
                "Let a current broker convert the topic, then land again.",
            )
        batch.__class__ = _WholeBatch
        return batch


class _WholeBatch(DefaultRecordBatch):  # type: ignore[misc]
    __slots__ = ()

    def __iter__(self) -> Iterator[RawBatch]:
        self._maybe_uncompress()
        return iter([RawBatch(self, memoryview(self._buffer)[self._pos :])])


def _record_starts(body: bytes, data: NDArray[np.uint8], count: int) -> Integers:
    """Where each record begins behind its length; `data` are the bytes of `body`.

    A record of ours ends with the brace of its value and a zero, for no headers. Where the lengths
    lead from each such end to the next, there is nothing else between them.
    """
    end = len(data) - len(PADDING)
    if end:
        zeros = _zeros(data[:end])
        ends = zeros[data[zeros - 1] == ord("}")] + 1
        if len(ends) == count and ends[-1] == end:
            length, starts = _varints(data, np.concatenate([[0], ends[:-1]]))
            if (starts + length == ends).all():
                return starts
    return np.array(_followed_starts(body, count), dtype=np.int64)


def _zeros(data: NDArray[np.uint8]) -> Integers:
    """Where zeros are; looked for in parts that fit into the processor's cache."""
    parts = range(0, len(data), CACHED_BYTES)
    return np.concatenate([np.flatnonzero(data[p : p + CACHED_BYTES] == 0) + p for p in parts])


def _followed_starts(body: bytes, count: int) -> list[int]:
    """The same for records of any kind, from each to the next."""
    starts = [0] * count
    position = 0
    for index in range(count):
        byte = body[position]
        position += 1
        length, shift = byte & 0x7F, 7
        while byte & 0x80:
            byte = body[position]
            position += 1
            length |= (byte & 0x7F) << shift
            shift += 7
        starts[index] = position
        position += length >> 1
    if left := len(body) - len(PADDING) - position:
        raise ValueError(f"{left} bytes are left after {count} records")
    return starts


def _varints(data: NDArray[np.uint8], at: Integers) -> tuple[Integers, Integers]:
    """A zigzag varint at each place, and the places behind them."""
    byte = data[at].astype(np.int64)
    value, at = byte & 0x7F, at + 1
    more, shift = np.flatnonzero(byte & 0x80), 7
    while more.size:
        byte = data[at[more]].astype(np.int64)
        value[more] |= (byte & 0x7F) << shift
        at[more] += 1
        more, shift = more[(byte & 0x80) != 0], shift + 7
    return (value >> 1) ^ -(value & 1), at


def _timestamps(batches: Sequence[RawBatch], counts: Integers, delta: Integers) -> Integers:
    """Milliseconds: each record's own, or the broker's where the topic says so."""
    first = np.repeat(np.array([batch.timestamp for batch in batches]), counts) + delta
    if all(batch.fixed_timestamp is None for batch in batches):
        return first
    fixed = [-1 if b.fixed_timestamp is None else b.fixed_timestamp for b in batches]
    appended = np.repeat(np.array(fixed), counts)
    return np.where(appended >= 0, appended, first)
