"""Bytes of many records, looked at eight at a time: one numpy step does for all records at once.

A place is an offset into the bytes. What is asked of a place that lies too near the end is answered
from zeros, which stand in no record that is good.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

PADDING = bytes(64)
"""Zeros that stand behind the last record."""
INLINE_BYTES = 12
"""An Arrow view holds this many bytes itself; a longer value's are pointed to."""
MOST_WORDS = 128
"""A value of more words than this has no end that is found."""

Integers = NDArray[np.int64]
Words = NDArray[np.uint64]
Truths = NDArray[np.bool_]

_LOW_BITS = np.uint64(0x0101010101010101)
_HIGH_BITS = np.uint64(0x8080808080808080)
_QUOTES = _LOW_BITS * np.uint64(ord('"'))
_HEADS = np.array([(1 << 8 * size) - 1 for size in range(9)], dtype=np.uint64)
"""By size: what keeps that many bytes of a word."""


def array_of(kind: pa.DataType, numbers: np.ndarray) -> pa.Array:
    """Numbers as an Arrow array, nothing copied. Arrow's own way imports numpy's masked arrays."""
    return pa.Array.from_buffers(kind, len(numbers), [None, pa.py_buffer(numbers)])


class Scan:
    """Records as they lie in one piece of memory that ends with PADDING.

    Attributes:
        data: the bytes.
    """

    def __init__(self, body: pa.Buffer | bytes) -> None:
        self.body = pa.py_buffer(body)
        self.data = np.frombuffer(self.body, dtype=np.uint8)
        if bytes(self.data[-len(PADDING) :]) != PADDING:
            raise ValueError("bytes without padding can't be scanned")
        self._last = len(self.data) - 8
        words = np.frombuffer(self.body, dtype="<u8", count=1)
        self._words = np.lib.stride_tricks.as_strided(words, (self._last + 1,), (1,))

    def words(self, at: Integers) -> Words:
        """The eight bytes from each place on, the first the lowest."""
        return self._words[np.minimum(at, self._last)]

    def has(self, at: Integers, text: bytes) -> Truths:
        """Whether this text stands at each place."""
        found = np.ones(len(at), dtype=np.bool_)
        for begin in range(0, len(text), 8):
            part = text[begin : begin + 8]
            words = self.words(at + begin)
            if len(part) < 8:
                words = words & _HEADS[len(part)]
            found &= words == np.uint64(int.from_bytes(part, "little"))
            if begin == 0 and not found.any():
                break
        return found

    def closing_quotes(self, at: Integers) -> Integers:
        """Where the next quote is from each place on; the end of the bytes where none is near."""
        ends = np.full(len(at), self._last)
        rows, here = np.arange(len(at)), at
        for _ in range(MOST_WORDS):
            mark = _quotes_in(self.words(here))
            found = mark != 0
            first = np.bitwise_count((mark & (~mark + np.uint64(1))) - np.uint64(1)) >> 3
            if found.all():
                ends[rows] = here + first
                break
            ends[rows[found]] = (here + first)[found]
            rows, here = rows[~found], here[~found] + 8
        return ends

    def views(self, at: Integers, length: Integers) -> list[pa.Buffer | None]:
        """Buffers of an Arrow view array that points to these values; a length of -1 is a null."""
        null = length < 0
        size = np.maximum(length, 0)
        views = np.empty((len(at), 2), dtype=np.uint64)
        head = self.words(at) & _HEADS[np.minimum(size, 4)]
        views[:, 0] = size.astype(np.uint64) | (head << np.uint64(32))
        views[:, 1] = at.astype(np.uint64) << np.uint64(32)
        short = np.flatnonzero(size <= INLINE_BYTES)
        if short.size:
            rest = _HEADS[np.maximum(size[short] - 4, 0)]
            views[short, 1] = self.words(at[short] + 4) & rest
        valid = pa.array(~null).buffers()[1] if null.any() else None
        return [valid, pa.py_buffer(views), self.body]

    def texts(self, at: Integers, length: Integers) -> pa.Array:
        """These values as an Arrow array of texts, nothing copied but the short ones."""
        return pa.Array.from_buffers(pa.string_view(), len(at), self.views(at, length))

    def blobs(self, at: Integers, length: Integers) -> pa.Array:
        """The same as bytes."""
        return pa.Array.from_buffers(pa.binary_view(), len(at), self.views(at, length))

    def odd_in(self, begin: int, end: int) -> OddBytes:
        """The odd bytes of a part."""
        return OddBytes(self.data[begin:end], begin)


class OddBytes:
    """Bytes other than `!` to `~` without the backslash: what no id and no plain value has."""

    def __init__(self, data: NDArray[np.uint8], begin: int) -> None:
        self._data = data
        odd = (data - np.uint8(0x21) > 0x7E - 0x21) | (data == ord("\\"))
        self._at = np.flatnonzero(odd) + begin
        self._begin = begin

    def count(self, at: Integers, end: Integers) -> Integers:
        """How many there are in each range."""
        return np.searchsorted(self._at, end) - np.searchsorted(self._at, at)

    def barred_count(self, at: Integers, end: Integers) -> Integers:
        """How many of those that no text may hold as they are: backslash, control characters."""
        barred = self._barred
        return np.searchsorted(barred, end) - np.searchsorted(barred, at)

    @cached_property
    def _barred(self) -> Integers:
        byte = self._data[self._at - self._begin]
        barred: Integers = self._at[(byte < ord(" ")) | (byte == ord("\\"))]
        return barred


def _quotes_in(words: Words) -> Words:
    """The high bit of each byte that is a quote; above the first one, others may be wrong."""
    changed = words ^ _QUOTES
    return (changed - _LOW_BITS) & ~changed & _HIGH_BITS
