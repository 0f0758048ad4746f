"""Fetched records parted: those that are plainly good, as rows, and the others as they came."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
import pyarrow as pa

from ingestion.contracts.plain import MICROSECONDS, PlainValues, plain_values
from ingestion.contracts.scan import (
    INLINE_BYTES,
    PADDING,
    Integers,
    Scan,
    Truths,
    Words,
    array_of,
)
from ingestion.contracts.validation import column_sources, table_columns

PIECE_ROWS = 8_192
"""Records that numpy walks at once: their words stay in the processor's cache."""
COORDINATES = ("kafka_partition", "kafka_offset", "kafka_timestamp_ms")
GIVEN_AT_LANDING = ("kafka_topic", "kafka_generation", "batch_id")
"""Columns of a raw table that only the transaction knows."""

_ARROW_TYPES = {
    "VARCHAR": pa.string_view(),
    "JSON": pa.string_view(),
    "TIMESTAMPTZ": MICROSECONDS,
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "BOOLEAN": pa.bool_(),
    "VARCHAR[]": pa.list_(pa.string()),
}


def take_plain(event_type: str, records: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Rows of the plainly good, with a raw table's columns but GIVEN_AT_LANDING; and the others.

    By numpy. What is fetched goes this way where nothing was compiled (ingestion/pieces.py).

    Args:
        records: columns as in RECORD_SCHEMA.
    """
    rows, others = [], []
    for batch in records.to_batches():
        packed, scan = _packed(batch)
        for begin in range(0, packed.num_rows, PIECE_ROWS):
            piece = packed.slice(begin, PIECE_ROWS)
            values = plain_values(event_type, scan, *_places(piece.column("value")))
            is_plain = values.is_plain & has_key(piece)
            coordinates = (piece.column(name).to_numpy() for name in COORDINATES)
            rows.append(plain_rows(event_type, PlainValues(is_plain, values.columns), *coordinates))
            if not is_plain.all():
                others.append(picked(piece, np.flatnonzero(~is_plain)))
    schema = _schema(event_type)
    return pa.Table.from_batches(rows, schema), pa.Table.from_batches(others, records.schema)


def plain_rows(
    event_type: str,
    values: PlainValues,
    partitions: np.ndarray,
    offsets: np.ndarray,
    milliseconds: np.ndarray,
) -> pa.RecordBatch:
    """Rows of the plain ones among some records, of each of which these are the coordinates."""
    known = {
        **values.columns,
        "kafka_partition": array_of(pa.int32(), partitions),
        "kafka_offset": array_of(pa.int64(), offsets),
        "kafka_timestamp": array_of(MICROSECONDS, milliseconds * 1000),
    }
    schema = _schema(event_type)
    empty = _Defaults(event_type, len(values.is_plain))
    arrays = [empty.filled(field, known.get(field.name)) for field in schema]
    rows = pa.RecordBatch.from_arrays(arrays, schema=schema)
    return rows if values.is_plain.all() else picked(rows, np.flatnonzero(values.is_plain))


def has_key(batch: pa.RecordBatch) -> Truths:
    """Which records have one."""
    return _is_valid(batch.column("key"))


def picked(batch: pa.RecordBatch, rows: Integers) -> pa.RecordBatch:
    """Some rows of a batch; Arrow itself can't take rows of a view array yet."""
    arrays = [_picked_of(column, rows) for column in batch.columns]
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)


def _picked_of(column: pa.Array, rows: Integers) -> pa.Array:
    if column.type not in (pa.string_view(), pa.binary_view()):
        return column.take(pa.array(rows))
    valid = None
    if column.null_count:
        valid = pa.array(_is_valid(column)[rows]).buffers()[1]
    buffers = [valid, pa.py_buffer(_views(column)[rows]), *column.buffers()[2:]]
    return pa.Array.from_buffers(column.type, len(rows), buffers)


class _Defaults:
    """What an event type's columns hold where a record says nothing."""

    def __init__(self, event_type: str, rows: int) -> None:
        self._defaults = {name: field.default for _, field, name in column_sources(event_type)}
        self._rows = rows

    def filled(self, field: pa.Field, column: pa.Array | None) -> pa.Array:
        default = self._defaults.get(field.name)
        if column is None:
            return _repeated(default, field.type, self._rows)
        if default is None or not column.null_count:
            return column
        if field.type == pa.string_view():  # Arrow can't fill a view array yet
            return column.cast(pa.string()).fill_null(default).cast(field.type)
        return column.fill_null(default)


@lru_cache(maxsize=64)
def _repeated(value: str | bool | None, kind: pa.DataType, rows: int) -> pa.Array:
    """The same array again and again: most batches have as many rows as the one before."""
    return pa.repeat(pa.scalar(value, kind), rows)


@cache
def _schema(event_type: str) -> pa.Schema:
    columns = table_columns(event_type).items()
    return pa.schema(
        {name: _ARROW_TYPES[kind] for name, kind in columns if name not in GIVEN_AT_LANDING}
    )


def _packed(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, Scan]:
    """The batch with its values in one piece of memory; as it is where it comes from a fetch."""
    values = batch.column("value")
    buffers = values.buffers()
    if len(buffers) == 3 and buffers[2].size >= len(PADDING):
        body = buffers[2]
        if body.slice(body.size - len(PADDING)).to_pybytes() == PADDING:
            return batch, Scan(body)
    bodies = values.to_pylist()
    body = b"".join([*(value or b"" for value in bodies), PADDING])
    length = np.array([-1 if value is None else len(value) for value in bodies], dtype=np.int64)
    at = np.cumsum(np.maximum(length, 0)) - np.maximum(length, 0)
    scan = Scan(body)
    place = batch.schema.get_field_index("value")
    return batch.set_column(place, "value", scan.blobs(at, length)), scan


def _places(values: pa.Array) -> tuple[Integers, Integers]:
    """Where each value begins and how long it is; of one that is null or held inline: 0 and 0."""
    views = _views(values)
    length = (views[:, 0] & np.uint64(0xFFFFFFFF)).astype(np.int64)
    if values.null_count:
        length[~_is_valid(values)] = 0
    pointed = length > INLINE_BYTES
    at = (views[:, 1] >> np.uint64(32)).astype(np.int64)
    return np.where(pointed, at, 0), np.where(pointed, length, 0)


def _views(column: pa.Array) -> Words:
    """The two words of each value of a view array."""
    views = np.frombuffer(column.buffers()[1], dtype=np.uint64).reshape(-1, 2)
    return views[column.offset : column.offset + len(column)]


def _is_valid(column: pa.Array) -> Truths:
    if not column.null_count:
        return np.ones(len(column), dtype=np.bool_)
    valid: Truths = column.is_valid().to_numpy(zero_copy_only=False)
    return valid
