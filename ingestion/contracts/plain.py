"""The contract as a walk over bytes: which records are plainly good, and their typed values.

`sure.py` parses a record and writes it again to see that nothing else is in it. Where an event is
as the contract's own encoder writes it and nothing in it is escaped, not even that is needed: the
names stand one behind the other, and what stands between them, up to the next quote, is the value.
numpy walks all records at once, name by name; values stay where they are and are pointed to. What
is not plain is not bad: it goes the longer ways. Why: docs/decisions/landing-in-bulk.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa

from ingestion.contracts.fields import MAX_EVENT_BYTES
from ingestion.contracts.instants import read_instants
from ingestion.contracts.layout import Field, data_fields, envelope_fields
from ingestion.contracts.scan import INLINE_BYTES, MOST_WORDS, Integers, Scan, Truths
from ingestion.contracts.validation import ID_PATTERN, column_sources

MOST_CHOICES = 16
"""Different values that a field of few values has; the records with others are not plain."""
LONGEST_CHOICE = 16
LONGEST_TEXT = 8 * MOST_WORDS - 1
"""Bytes; a longer one goes the longer ways."""
MOST_DIGITS = 16
MICROSECONDS = pa.timestamp("us", tz="UTC")


def plain_values(event_type: str, scan: Scan, at: Integers, length: Integers) -> PlainValues:
    """Typed values of the records at these places, one behind the other, and which are plain."""
    return _Walk(scan, at, length).values(event_type)


@dataclass
class PlainValues:
    """Values mean nothing where a record is not plain.

    Attributes:
        columns: by name of the raw table's column; those without any value are left out.
    """

    is_plain: Truths
    columns: dict[str, pa.Array]


@dataclass(frozen=True)
class PlainStep:
    """What stands before a value, and what the value is; `name` is that of the column."""

    before: bytes
    field: Field
    name: str


class _Walk:
    """Where the reading of each record stands, and whether it was plain so far."""

    def __init__(self, scan: Scan, at: Integers, length: Integers) -> None:
        self.scan = scan
        self.at, self.end = at, at + length
        self.here = at
        # shorter than any event: an Arrow view would hold it itself, and `at` be no place
        self.plain = (length > INLINE_BYTES) & (length <= MAX_EVENT_BYTES)
        self.odd_in_texts = np.zeros(len(at), dtype=np.int64)
        self.odd = scan.odd_in(int(at.min()), int(self.end.max()))

    def values(self, event_type: str) -> PlainValues:
        columns = {}
        for step in plain_steps(event_type):
            column = self._value(step)
            if column is not None:
                columns[step.name] = column
        ended = np.zeros_like(self.plain)
        for end in plain_ends():
            ended |= (self.here + len(end) == self.end) & self.scan.has(self.here, end)
        self.plain &= ended
        self.plain &= self.odd.count(self.at, self.end) == self.odd_in_texts
        return PlainValues(self.plain, columns)

    def _value(self, step: PlainStep) -> pa.Array | None:
        """Go past a name and its value; the value as a column, None where nobody has one."""
        found = self.scan.has(self.here, step.before)
        if step.field.required:
            self.plain &= found
            rows = np.arange(len(found))
        else:
            rows = np.flatnonzero(found)
            if not rows.size:
                return None
        start = self.here[rows] + len(step.before)
        match step.field.shape:
            case "integer":
                return self._integers(step.field, rows, start)
            case "boolean":
                return self._booleans(rows, start)
            case "instant":
                return self._instants(rows, start)
            case "strings":
                self.plain[rows] = False  # lists go the longer ways
                return None
            case _:
                return self._strings(step.field, rows, start)

    def _instants(self, rows: Integers, start: Integers) -> pa.Array:
        micros, length = read_instants(self.scan, start)
        self.plain[rows] &= length > 0
        self.here = _put(self.here, rows, start + length + 1)
        return self._scattered(rows, micros, MICROSECONDS)

    def _strings(self, field: Field, rows: Integers, start: Integers) -> pa.Array:
        end = self.scan.closing_quotes(start)
        length = end - start
        self.here = _put(self.here, rows, end + 1)
        at = _put(np.zeros_like(self.here), rows, start)
        size = _put(np.full_like(self.here, -1), rows, length)
        if field.shape == "choice" or field.pattern not in (None, ID_PATTERN):
            self.plain[rows] &= _of_few(self.scan, field, start, length)
            return self.scan.texts(at, size)
        self.plain[rows] &= (length >= (field.min_length or 0)) & (length <= _most(field))
        if field.pattern == ID_PATTERN:  # its characters: no odd byte is in the record
            return self.scan.texts(at, size)
        return self._texts(rows, at, size)

    def _texts(self, rows: Integers, at: Integers, size: Integers) -> pa.Array:
        """Texts may hold spaces and what is not ASCII, if it is UTF-8."""
        ends = at + np.maximum(size, 0)
        self.odd_in_texts += self.odd.count(at, ends)
        self.plain &= self.odd.barred_count(at, ends) == 0
        blobs = self.scan.blobs(at, np.where(self.plain, size, -1))
        try:
            return blobs.cast(pa.string_view())
        except pa.ArrowInvalid:  # not UTF-8, somewhere: who has more than spaces is told elsewhere
            self.plain &= self.odd.count(at, ends) == 0
            return self.scan.texts(at, np.where(self.plain, size, -1))

    def _integers(self, field: Field, rows: Integers, start: Integers) -> pa.Array:
        number, here = np.zeros(len(rows), dtype=np.int64), start
        reading = np.ones(len(rows), dtype=np.bool_)
        for _ in range(MOST_DIGITS):
            digit = self.scan.data[np.minimum(here, len(self.scan.data) - 1)].astype(np.int64) - 48
            reading &= (digit >= 0) & (digit <= 9)
            if not reading.any():
                break
            number = np.where(reading, number * 10 + digit, number)
            here = here + reading
        self.here = _put(self.here, rows, here)
        digits = here - start
        no_zero_ahead = (digits == 1) | (self.scan.data[start] != ord("0"))
        low, high = field.minimum or 0, field.maximum or 0
        good = (digits > 0) & no_zero_ahead & (number >= low) & (number <= high)
        self.plain[rows] &= good
        return self._scattered(rows, number, pa.int64())

    def _booleans(self, rows: Integers, start: Integers) -> pa.Array:
        true, false = (self.scan.has(start, text) for text in (b"true", b"false"))
        self.plain[rows] &= true | false
        self.here = _put(self.here, rows, start + np.where(true, 4, 5))
        return self._scattered(rows, true, pa.bool_())

    def _scattered(self, rows: Integers, values: np.ndarray, kind: pa.DataType) -> pa.Array:
        """A column with these values in these rows and null in the others."""
        if len(rows) == len(self.here):
            return pa.array(values).cast(kind)
        full = np.zeros(len(self.here), dtype=values.dtype)
        full[rows] = values
        null = np.ones(len(self.here), dtype=np.bool_)
        null[rows] = False
        return pa.array(full, mask=null).cast(kind)


@cache
def plain_ends() -> list[bytes]:
    """What may stand behind the last value: the envelope's fields after `data` have one value."""
    (after,) = [field for field in envelope_fields() if not field.required]
    return [b"}}", f'}},"{after.name}":"{after.default}"}}'.encode()]


@cache
def plain_steps(event_type: str) -> list[PlainStep]:
    """A record as the contract's encoder writes it, up to the end of its last value."""
    names = {(place, field.name): name for place, field, name in column_sources(event_type)}
    steps, before = [], '{"'
    for field in envelope_fields():
        if not field.required:
            continue
        before += f'{field.name}":'
        if field.name in ("specversion", "type"):
            value = event_type if field.name == "type" else field.choices[0]
            before += f'"{value}","'
            continue
        steps.append(PlainStep(f'{before}"'.encode(), field, names["", field.name]))
        before = ',"'
    before += 'data":{"'
    for field in data_fields(event_type):
        quote = "" if field.shape in ("integer", "boolean", "strings") else '"'
        text = f'{before}{field.name}":{quote}'
        steps.append(PlainStep(text.encode(), field, names["/data", field.name]))
        before = ',"'
    return steps


def _of_few(scan: Scan, field: Field, at: Integers, length: Integers) -> Truths:
    """Whether each value is good, for a field of few different values: one look at each of them."""
    good = np.zeros(len(at), dtype=np.bool_)
    left = (length > 0) & (length <= min(LONGEST_CHOICE, _most(field)))
    first, second = scan.words(at), scan.words(at + 8)
    for _ in range(MOST_CHOICES):
        row = int(left.argmax())
        if not left[row]:
            break
        size = int(length[row])
        low, high = _keeping(min(size, 8)), _keeping(max(size - 8, 0))
        same = left & (length == size) & ((first ^ first[row]) & low == 0)
        same &= (second ^ second[row]) & high == 0
        value = bytes(scan.data[at[row] : at[row] + size])
        if is_good(field, value):
            good |= same
        left &= ~same
    return good


def _keeping(size: int) -> np.uint64:
    return np.uint64((1 << 8 * size) - 1)


def is_good(field: Field, value: bytes) -> bool:
    """Whether a value of ASCII is a choice of the field, or has its form."""
    if field.shape == "choice":
        return value.decode("latin-1") in field.choices
    return re.fullmatch(field.pattern or "", value.decode("latin-1"), re.ASCII) is not None


def _most(field: Field) -> int:
    """Bytes: a text of no more of them has no more characters."""
    return LONGEST_CHOICE if field.max_length is None else field.max_length


def _put(into: Integers, rows: Integers, values: Integers) -> Integers:
    """`into` with values in these rows."""
    if len(rows) == len(into):
        return values
    changed = into.copy()
    changed[rows] = values
    return changed
