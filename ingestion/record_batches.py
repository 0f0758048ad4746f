"""Record batches as columns: what kafka-python fetched, decoded in bulk and not record by record.

kafka-python talks to the broker, checks sums, and leaves out aborted transactions; only its loop
over single records is replaced. Source of the format: Kafka's record batch, magic 2,
https://kafka.apache.org/documentation/#messageformat
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from kafka import KafkaConsumer, codec
from kafka.consumer.fetcher import Fetcher
from kafka.record.default_records import DefaultRecordBatch

from ingestion.contracts.scan import Integers, array_of
from ingestion.records import read_records
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


_DECODERS: dict[int, Callable[[bytes], bytes]] = {
    DefaultRecordBatch.CODEC_GZIP: codec.gzip_decode,
    DefaultRecordBatch.CODEC_SNAPPY: codec.snappy_decode,
    DefaultRecordBatch.CODEC_LZ4: codec.lz4_decode,
    DefaultRecordBatch.CODEC_ZSTD: codec.zstd_decode,
}


class OldFormatError(AttacheError):
    """The broker gave records in a format older than Kafka 0.11."""


class RawBatch:
    """One record batch as it was fetched. Looks like a record to kafka-python.

    Attributes:
        offset: of its last record; kafka-python goes on after it.
        count: how many records it holds.
    """

    key = None
    headers = ()
    checksum = None
    timestamp_type = 0

    def __init__(self, batch: DefaultRecordBatch) -> None:
        self._batch = batch
        self.count: int = batch.records_count
        self.base_offset: int = batch.base_offset
        self.offset: int = batch.last_offset
        self.size_in_bytes: int = batch.size_in_bytes
        self.timestamp: int = batch.first_timestamp
        self.fixed_timestamp: int | None = batch.max_timestamp if batch.timestamp_type else None

    def __len__(self) -> int:
        return self.size_in_bytes

    def body(self) -> bytes | memoryview:
        """Its records one behind the other, decompressed anew: kafka-python would keep a copy."""
        packed = memoryview(self._batch._buffer)[self._batch._pos :]
        kind = self._batch.compression_type
        if kind == DefaultRecordBatch.CODEC_NONE:
            return packed
        self._batch._assert_has_codec(kind)
        return _DECODERS[kind](bytes(packed))

    @property
    def value(self) -> RawBatch:
        """Itself, and not kept as an attribute: a cycle would keep the bytes until the next gc."""
        return self

    def validate_crc(self) -> bool:
        """The batch's sum was checked by kafka-python; a record has none of its own."""
        return True


def read_in_bulk(consumer: KafkaConsumer) -> None:
    """Make `poll` give a RawBatch as the value of each record, in place of single records."""
    consumer._fetcher.PartitionRecords = _BulkPartitionRecords


def decode(
    partition: int, batches: Sequence[RawBatch], bodies: Sequence[bytes | memoryview]
) -> pa.RecordBatch:
    """The records of some batches of one partition, in order, as columns of RECORD_SCHEMA.

    Args:
        bodies: what `body` gave for each batch.
    """
    counts = np.array([batch.count for batch in batches])
    records = read_records(bodies, counts.tolist())
    base = np.repeat(np.array([batch.base_offset for batch in batches]), counts)
    columns = [
        array_of(pa.int32(), np.full(len(base), partition, dtype=np.int32)),
        array_of(pa.int64(), base + records.offset_delta),
        array_of(pa.int64(), _timestamps(batches, counts, records.timestamp_delta)),
        records.keys,
        records.values,
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
        return iter([RawBatch(self)])


def _timestamps(batches: Sequence[RawBatch], counts: Integers, delta: Integers) -> Integers:
    """Milliseconds: each record's own, or the broker's where the topic says so."""
    first = np.repeat(np.array([batch.timestamp for batch in batches]), counts) + delta
    if all(batch.fixed_timestamp is None for batch in batches):
        return first
    fixed = [-1 if b.fixed_timestamp is None else b.fixed_timestamp for b in batches]
    appended = np.repeat(np.array(fixed), counts)
    return np.where(appended >= 0, appended, first)
