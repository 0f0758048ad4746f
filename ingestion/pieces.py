"""A piece of a transaction in the making: each record batch is read when it comes.

Where the loops are compiled, a record batch is decompressed, gone through and walked over while it
is in the processor's cache, and what is plain in it is copied out: its bytes can go at once.
"""

from __future__ import annotations

import ctypes
from abc import ABC, abstractmethod
from collections import Counter

import numpy as np
import pyarrow as pa

from ingestion.contracts.compiled import ROOM_BYTES, Walk
from ingestion.native.library import library
from ingestion.plain_records import has_key, picked, plain_rows, take_plain
from ingestion.record_batches import RECORD_SCHEMA, RawBatch, decode
from ingestion.records import Followed


def open_piece(event_type: str, most: int) -> Piece:
    """An empty one, for so many records."""
    loops = library()
    return _Gathered(event_type, most) if loops is None else _Walked(loops, event_type, most)


class Piece(ABC):
    """Records of one topic, and which of them are plain.

    Attributes:
        counts: how many it has of each partition.
        size: bytes that they were, decompressed; a record batch that was cut counts whole.
    """

    def __init__(self, event_type: str, most: int) -> None:
        self.counts: Counter[int] = Counter()
        self.size = 0
        self._event_type, self._most = event_type, most

    @property
    def is_full(self) -> bool:
        return self._room == 0

    def take(self, partition: int, raw: RawBatch, first: int, following: int) -> int:
        """Take records of a batch, from one offset up to another, for as long as there is room.

        Returns:
            The offset to go on from.
        """
        body = raw.body()
        self.size += len(body)
        if raw.base_offset >= first and raw.offset < following and raw.count <= self._room:
            self._take_whole(partition, raw, body)
            self.counts[partition] += raw.count
            return raw.offset + 1
        rows = _between(decode(partition, [raw], [body]), first, following)
        rest = min(raw.offset + 1, following)
        if rows.num_rows > self._room:
            rows = rows.slice(0, self._room)
            rest = int(rows.column("kafka_offset")[-1].as_py()) + 1
        self._take_rows(rows)
        self.counts[partition] += rows.num_rows
        return rest

    @abstractmethod
    def finished(self) -> tuple[pa.Table, pa.Table]:
        """Rows of the plain ones, and the others as in RECORD_SCHEMA."""

    @abstractmethod
    def _take_whole(self, partition: int, raw: RawBatch, body: bytes | memoryview) -> None: ...

    @abstractmethod
    def _take_rows(self, rows: pa.RecordBatch) -> None: ...

    @property
    def _room(self) -> int:
        return self._most - self.counts.total()


class _Walked(Piece):
    """By the compiled loops."""

    def __init__(self, loops: ctypes.CDLL, event_type: str, most: int) -> None:
        super().__init__(event_type, most)
        self._loops = loops
        self._walk = Walk(loops, event_type, most, ROOM_BYTES)
        self._partitions = np.empty(most, dtype=np.int32)
        self._offsets = np.empty(most, dtype=np.int64)
        self._milliseconds = np.empty(most, dtype=np.int64)
        self._followed = Followed(loops, 0)
        self._others: list[pa.RecordBatch] = []

    def finished(self) -> tuple[pa.Table, pa.Table]:
        columns = (self._partitions, self._offsets, self._milliseconds)
        places = [column[: self._walk.count] for column in columns]
        rows = plain_rows(self._event_type, self._walk.values(), *places)
        return pa.Table.from_batches([rows]), pa.Table.from_batches(self._others, RECORD_SCHEMA)

    def _take_whole(self, partition: int, raw: RawBatch, body: bytes | memoryview) -> None:
        count, row = raw.count, self._walk.count
        if count > self._followed.most:
            self._followed = Followed(self._loops, count)
        held, followed = pa.py_buffer(body), self._followed
        have_keys = followed.follow_next(held, count)
        self._walk.over_views([held], followed.value_views, count)
        new = slice(row, row + count)
        self._partitions[new] = partition
        np.add(followed.offset_delta[:count], raw.base_offset, out=self._offsets[new])
        if raw.fixed_timestamp is None:
            delta = followed.timestamp_delta[:count]
            np.add(delta, raw.timestamp, out=self._milliseconds[new])
        else:
            self._milliseconds[new] = raw.fixed_timestamp
        if not (have_keys and self._walk.plain[new].all()):
            self._leave(decode(partition, [raw], [body]), row)

    def _take_rows(self, rows: pa.RecordBatch) -> None:
        row = self._walk.count
        new = slice(row, row + rows.num_rows)
        self._walk.over(rows.column("value"))
        self._partitions[new] = rows.column("kafka_partition")
        self._offsets[new] = rows.column("kafka_offset")
        self._milliseconds[new] = rows.column("kafka_timestamp_ms")
        self._leave(rows, row)

    def _leave(self, records: pa.RecordBatch, row: int) -> None:
        """Keep those of these records, which begin at that row, that are not plain."""
        plain = self._walk.plain[row : row + records.num_rows]
        plain &= has_key(records)
        if not plain.all():
            self._others.append(picked(records, np.flatnonzero(~plain)))


class _Gathered(Piece):
    """By numpy, all of a partition at once."""

    def __init__(self, event_type: str, most: int) -> None:
        super().__init__(event_type, most)
        self._whole: dict[int, tuple[list[RawBatch], list[bytes | memoryview]]] = {}
        self._parts: list[pa.RecordBatch] = []

    def finished(self) -> tuple[pa.Table, pa.Table]:
        whole = [decode(partition, *batches) for partition, batches in self._whole.items()]
        records = pa.Table.from_batches([*whole, *self._parts], RECORD_SCHEMA)
        plain, others = take_plain(self._event_type, records)
        return plain.combine_chunks(), others  # in one piece, which is a row group where it is full

    def _take_whole(self, partition: int, raw: RawBatch, body: bytes | memoryview) -> None:
        batches, bodies = self._whole.setdefault(partition, ([], []))
        batches.append(raw)
        bodies.append(body)

    def _take_rows(self, rows: pa.RecordBatch) -> None:
        self._parts.append(rows)


def _between(rows: pa.RecordBatch, first: int, following: int) -> pa.RecordBatch:
    """The rows from one offset up to another: a batch may begin before, or end after."""
    offsets = rows.column("kafka_offset").to_numpy()
    begin, end = offsets.searchsorted([first, following])
    return rows.slice(begin, end - begin)
