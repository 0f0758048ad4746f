"""Record batches as kafka-python hands them over, made without a broker."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

import pyarrow as pa
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from ingestion import record_batches
from ingestion.pieces import open_piece
from ingestion.record_batches import RawBatch

Record = tuple[bytes | None, bytes | None]
"""Key and value."""
FIRST_MILLISECONDS = 1_000
_OFFSET, _LAST_DELTA, _COUNT, _HEAD_BYTES = 0, 23, 57, 61
"""Where the head of a record batch, magic 2, says these, and its length."""


def raw_batch(
    records: Mapping[int, Record], first: int = 0, last: int | None = None, codec: int = 0
) -> RawBatch:
    """Records by offset, each a millisecond later for each offset; compaction may have left holes.

    Args:
        first, last: offsets of the batch; default: the last one is that of the last record.
    """
    builder = DefaultRecordBatchBuilder(2, codec, False, -1, -1, -1, 1 << 24)
    for offset, (key, value) in (records or {first: (b"k", b"v")}).items():
        builder.append(offset - first, FIRST_MILLISECONDS + offset, key, value, [])
    written = bytearray(builder.build())
    struct.pack_into(">q", written, _OFFSET, first)
    if last is not None:
        struct.pack_into(">i", written, _LAST_DELTA, last - first)
    if not records:  # all of them were compacted away
        del written[_HEAD_BYTES:]
        struct.pack_into(">i", written, _COUNT, 0)
    batch = DefaultRecordBatch(bytes(written))
    batch.__class__ = record_batches._WholeBatch
    raw: RawBatch
    (raw,) = [record.value for record in batch]
    return raw


def taken(
    event_type: str, values: Sequence[bytes | None], keys: Sequence[bytes | None] | None = None
) -> tuple[pa.Table, pa.Table]:
    """Rows of those values that are plain, and the other records: as a landing reads them."""
    records = dict(enumerate(zip(keys or [b"k"] * len(values), values, strict=True)))
    piece = open_piece(event_type, len(values))
    assert piece.take(0, raw_batch(records), 0, len(values)) == len(values)
    assert piece.is_full
    return piece.finished()
