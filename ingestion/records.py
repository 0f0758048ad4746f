"""The records of some batches that lie one behind the other: where each is, and what it says.

Compiled where that is possible (ingestion/native), by numpy otherwise; both give the same.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ingestion.contracts.scan import PADDING, Integers, Scan
from ingestion.native.library import bodies_of, library

CACHED_BYTES = 256 * 1024


@dataclass(frozen=True)
class Records:
    """Columns of one length; keys and values are binary views that point into the bytes."""

    timestamp_delta: Integers
    offset_delta: Integers
    keys: pa.Array
    values: pa.Array


def read_records(bodies: Sequence[bytes | memoryview], counts: Sequence[int]) -> Records:
    """What each record of some bodies says.

    Args:
        counts: how many records each body holds.

    Raises:
        ValueError: the bytes are not so many records.
    """
    loops = library()
    if loops is None:
        return _scanned(b"".join([*bodies, PADDING]), sum(counts))
    held = [pa.py_buffer(body) for body in bodies]
    followed = Followed(loops, sum(counts))
    followed.follow(held, counts)
    return followed.records(held)


class Followed:
    """What the records of some bodies say, in arrays that the compiled loop fills.

    Args:
        most: records.
    """

    def __init__(self, loops: ctypes.CDLL, most: int) -> None:
        self.most = most
        self.timestamp_delta: Integers = np.empty(most, dtype=np.int64)
        self.offset_delta: Integers = np.empty(most, dtype=np.int64)
        self._loops = loops
        self._views = np.zeros((2, most, 2), dtype=np.uint64)
        self._valid = np.zeros((2, most // 8 + 1), dtype=np.uint8)
        blobs = [array[i] for i in range(2) for array in (self._views, self._valid)]
        arrays = [self.timestamp_delta, self.offset_delta, *blobs]
        self._places = [array.ctypes.data for array in arrays]

    @property
    def value_views(self) -> int:
        """Where the views of the values are."""
        return int(self._views[1].ctypes.data)

    def follow(self, held: Sequence[pa.Buffer], counts: Sequence[int]) -> None:
        """Go through bodies of so many records each."""
        row = 0
        for number, (body, count) in enumerate(zip(bodies_of(held), counts, strict=True)):
            end = self._loops.follow(body, number, count, row, *self._places)
            if end < 0:
                raise ValueError(f"the bytes end before {count} records do")
            if end != body.size:
                raise ValueError(f"{body.size - end} bytes are left after {count} records")
            row += count

    def follow_next(self, body: pa.Buffer, count: int) -> bool:
        """Go through another body, in the place of what was there; whether each has a key."""
        bits = self._valid[:, : count // 8 + 1]
        bits[:] = 0
        self.follow([body], [count])
        return int.from_bytes(bits[0].tobytes(), "little").bit_count() == count

    def records(self, held: Sequence[pa.Buffer]) -> Records:
        """All of it, as columns."""
        keys, values = (
            pa.Array.from_buffers(
                pa.binary_view(), len(views), [pa.py_buffer(valid), pa.py_buffer(views), *held]
            )
            for views, valid in zip(self._views, self._valid, strict=True)
        )
        return Records(self.timestamp_delta, self.offset_delta, keys, values)


def _scanned(body: bytes, count: int) -> Records:
    scan = Scan(body)
    data = scan.data
    at = _record_starts(body, data, count) + 1  # past attributes
    timestamp_delta, at = _varints(data, at)
    offset_delta, at = _varints(data, at)
    key_length, at = _varints(data, at)
    key_at, at = at, at + np.maximum(key_length, 0)
    value_length, value_at = _varints(data, at)
    keys, values = scan.blobs(key_at, key_length), scan.blobs(value_at, value_length)
    return Records(timestamp_delta, offset_delta, keys, values)


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
