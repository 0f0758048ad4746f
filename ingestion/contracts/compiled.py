"""The walk of `plain.py` over all records in one go, by the compiled loop of ingestion/native.

What it takes is what `plain.py` takes, with the same values. They are copied out, so that the bytes
that were fetched can go while the values wait to be landed.
"""

from __future__ import annotations

import ctypes
import mmap
import weakref
from collections.abc import Sequence
from functools import cache

import numpy as np
import pyarrow as pa

from ingestion.contracts.fields import MAX_EVENT_BYTES
from ingestion.contracts.layout import Field
from ingestion.contracts.plain import (
    LONGEST_CHOICE,
    LONGEST_TEXT,
    MICROSECONDS,
    MOST_CHOICES,
    PlainStep,
    PlainValues,
    is_good,
    plain_ends,
    plain_steps,
)
from ingestion.contracts.scan import INLINE_BYTES
from ingestion.contracts.validation import ID_PATTERN
from ingestion.native.library import CHOICE_BYTES, Question, Room, Step, bodies_of

ID, TEXT, FEW, INTEGER, BOOLEAN, INSTANT, LONGER_WAY = range(7)
"""What a value can be; records.c has the same order."""
VIEW_BYTES = 16
ROOM_BYTES = 64 * 1024 * 1024
"""More than the records of most batches take, so that a room suits the next one too."""
_SHAPES = {"integer": INTEGER, "boolean": BOOLEAN, "instant": INSTANT, "strings": LONGER_WAY}


class Walk:
    """Records walked over one after the other, and what was found in them so far.

    Args:
        most: records.
        room: bytes for all of their texts; a record whose texts find none is not plain.

    Attributes:
        count: of the records so far.
        plain: which of them are plain.
    """

    def __init__(self, loops: ctypes.CDLL, event_type: str, most: int, room: int) -> None:
        self.plain, self.count = np.zeros(most, dtype=np.bool_), 0
        self._loops = loops
        self._plan = plain_steps(event_type)
        self._steps = (Step * len(self._plan))()
        self._found: dict[int, list[bytes]] = {}
        self._columns = [_Column(step.field, most) for step in self._plan]
        self._texts = pa.py_buffer(_room(room))
        self._room = Room(self._texts.address, self._texts.size, 0)
        for step, plan, column in zip(self._steps, self._plan, self._columns, strict=True):
            _fill(step, plan)
            step.column, step.valid = column.values.ctypes.data, column.valid.ctypes.data

    def over(self, values: pa.Array) -> None:
        """Walk over some records, given as views."""
        views = values.buffers()[1].address + VIEW_BYTES * values.offset
        self.over_views(_bodies(values), views, len(values))

    def over_views(self, held: Sequence[pa.Buffer], views: int, count: int) -> None:
        """The same for views at an address; answers what is asked on the way."""
        question, row = Question(), 0
        bodies = bodies_of(held)
        _, last = plain_ends()
        while True:
            row = self._loops.walk(
                *(bodies, len(bodies), views, row, count, self.count, MAX_EVENT_BYTES),
                *(self._steps, len(self._steps), last, len(last), self.plain.ctypes.data),
                *(self._room, question),
            )
            if row >= count:
                break
            row += not self._is_answered(held[question.body], question)
        self.count += count

    def values(self) -> PlainValues:
        """What was found so far."""
        plain = self.plain[: self.count]
        is_full = bool(plain.all())
        taken = {
            plan.name: column.array(self.count, self._texts, is_full and plan.field.required)
            for plan, column in zip(self._plan, self._columns, strict=True)
            if column.shape != LONGER_WAY
        }
        return PlainValues(plain, taken)

    def _is_answered(self, body: pa.Buffer, question: Question) -> bool:
        """Whether the value is one more choice of its step."""
        value = body.slice(question.at, question.size).to_pybytes()
        if not is_good(self._plan[question.step].field, value):
            return False
        choices = self._found.setdefault(question.step, [])
        choices.append(value)
        _put_choices(self._steps[question.step], choices)
        return True


class _Column:
    """Room for the values of one step; zeros where a row may be without one."""

    def __init__(self, field: Field, most: int) -> None:
        self.shape = _shape(field)
        bits = most // 8 + 1
        room = np.empty if field.required else np.zeros
        self.valid = np.zeros(bits, dtype=np.uint8)
        self.values: np.ndarray
        match self.shape:
            case shape if shape <= FEW:
                self._kind = pa.string_view()
                self.values = room((most, 2), dtype=np.uint64)
            case shape if shape == BOOLEAN:
                self._kind = pa.bool_()
                self.values = np.zeros(bits, dtype=np.uint8)
            case shape:
                self._kind = MICROSECONDS if shape == INSTANT else pa.int64()
                self.values = room(most if shape != LONGER_WAY else 0, dtype=np.int64)

    def array(self, count: int, texts: pa.Buffer, is_full: bool) -> pa.Array:
        """The first values; `is_full` says that none is missing, so nobody has to look for it."""
        buffers = [None if is_full else pa.py_buffer(self.valid), pa.py_buffer(self.values)]
        if self.shape <= FEW:
            buffers.append(texts)
        return pa.Array.from_buffers(self._kind, count, buffers)


_rooms: list[mmap.mmap] = []
"""Those that nobody uses now."""


def _room(size: int) -> np.ndarray:
    """So many bytes, mapped by themselves: what is not used of them takes no memory.

    When the last array that points into it is gone, the next one gets the same: the system would
    have to clear the pages of another.
    """
    kept = _rooms.pop() if _rooms else None
    if kept is None or len(kept) < size:
        kept = mmap.mmap(-1, max(size, ROOM_BYTES), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    room = np.frombuffer(kept, dtype=np.uint8)
    weakref.finalize(room, _rooms.append, kept)
    return room


def _bodies(values: pa.Array) -> list[pa.Buffer]:
    """What the views of an array point into."""
    bodies: list[pa.Buffer] = values.buffers()[2:]
    return bodies


def _shape(field: Field) -> int:
    if field.shape == "string" and field.pattern == ID_PATTERN:
        return ID
    if field.shape == "string" and field.pattern is None:
        return TEXT
    return _SHAPES.get(field.shape, FEW)


def _fill(step: Step, plan: PlainStep) -> None:
    field = plan.field
    step.before, step.before_size = plan.before, len(plan.before)
    step.shape, step.required = _shape(field), field.required
    step.low, step.high = _bounds(field)
    _put_choices(step, [choice.encode() for choice in field.choices])
    step.may_ask = 0 if field.choices else MOST_CHOICES
    step.absent_is_valid = field.default is not None
    step.absent = (ctypes.c_uint8 * 16)(*_absent(field.default))


def _put_choices(step: Step, choices: list[bytes]) -> None:
    step.choices = b"".join(choice.ljust(CHOICE_BYTES, b"\0") for choice in choices)
    step.choice_count = len(choices)


def _bounds(field: Field) -> tuple[int, int]:
    match _shape(field):
        case shape if shape == INTEGER:
            return field.minimum or 0, field.maximum or 0
        case shape if shape == FEW:
            most = LONGEST_CHOICE if field.max_length is None else field.max_length
            return 1, min(LONGEST_CHOICE, most)
        case _:
            return field.min_length or 0, min(LONGEST_TEXT, field.max_length or 0)


@cache
def _absent(default: str | bool | None) -> bytes:
    """What stands for an absent value: a view that holds the default, of a truth its size."""
    if not isinstance(default, str):
        return int(default or False).to_bytes(16, "little")
    text = default.encode()
    if len(text) > INLINE_BYTES:
        raise ValueError(f"the compiled walk has no room for the default {default!r}")
    return len(text).to_bytes(4, "little") + text.ljust(INLINE_BYTES, b"\0")
