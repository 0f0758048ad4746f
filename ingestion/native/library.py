"""The compiled loops of records.c, where they were compiled for this machine.

`make .venv` does that. Without them everything works as well, by the numpy code that they stand
for: the landing takes longer, and gives the same.
"""

from __future__ import annotations

import ctypes
import hashlib
import sysconfig
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

SOURCE = Path(__file__).with_name("records.c")
CHOICE_BYTES = 16
"""Room of one of few values; as in records.c, like all that follows."""

_POINTER, _INTEGER = ctypes.c_void_p, ctypes.c_int64


class Step(ctypes.Structure):
    """A name, what its value may be, and the columns that the values go to."""

    _fields_ = (
        ("before", ctypes.c_char_p),
        ("before_size", _INTEGER),
        ("shape", _INTEGER),
        ("required", _INTEGER),
        ("low", _INTEGER),
        ("high", _INTEGER),
        ("choices", ctypes.c_char_p),
        ("choice_count", _INTEGER),
        ("may_ask", _INTEGER),
        ("absent", ctypes.c_uint8 * 16),
        ("absent_is_valid", _INTEGER),
        ("last", ctypes.c_uint8 * 16),
        ("found", ctypes.c_uint8 * CHOICE_BYTES),
        ("found_size", _INTEGER),
        ("column", _POINTER),
        ("valid", _POINTER),
    )


class Body(ctypes.Structure):
    """The bytes of some records."""

    _fields_ = (("bytes", _POINTER), ("size", _INTEGER))


class Room(ctypes.Structure):
    """Where values are copied to, and how much of it is used."""

    _fields_ = (("bytes", _POINTER), ("size", _INTEGER), ("used", _INTEGER))


class Question(ctypes.Structure):
    """A value that is none of the choices of a step: where it is."""

    _fields_ = (("step", _INTEGER), ("body", _INTEGER), ("at", _INTEGER), ("size", _INTEGER))


def library_path() -> Path:
    """Where the library is, for this source on this kind of machine: never one of another."""
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:12]
    return SOURCE.with_name(f"records-{digest}-{sysconfig.get_platform()}.so")


@cache
def library() -> ctypes.CDLL | None:
    """The loops, to be called without the GIL; None where they are not compiled."""
    try:
        loaded = ctypes.CDLL(str(library_path()))
    except OSError:
        return None
    loaded.follow.restype = loaded.walk.restype = _INTEGER
    loaded.follow.argtypes = [
        *(ctypes.POINTER(Body), _INTEGER, _INTEGER, _INTEGER),
        *[_POINTER] * 6,
    ]
    loaded.walk.argtypes = [
        *(ctypes.POINTER(Body), _INTEGER, _POINTER, _INTEGER, _INTEGER, _INTEGER, _INTEGER),
        *(ctypes.POINTER(Step), _INTEGER, ctypes.c_char_p, _INTEGER, _POINTER),
        *(ctypes.POINTER(Room), ctypes.POINTER(Question)),
    ]
    return loaded


def bodies_of(buffers: Sequence[pa.Buffer]) -> ctypes.Array[Body]:
    """Where these bytes are; somebody has to hold them as long."""
    return (Body * len(buffers))(*(Body(buffer.address, buffer.size) for buffer in buffers))
