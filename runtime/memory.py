"""Memory that is used again, or goes back to the system: large blocks do, when they are freed."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from functools import cache

LARGE_BLOCK_BYTES = 4 * 1024 * 1024
HEAP_BYTES = 192 * 1024 * 1024
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -2, -3, -8
"""glibc's M_TRIM_THRESHOLD and so on, of malloc.h."""


@cache
def use_one_heap() -> None:
    """From now on, small blocks of all threads come from one heap, which keeps what is freed.

    What one thread frees another takes, with its pages; they would be new ones of another heap, and
    the system would have to clear them. To be called before there are threads: one that has a heap
    of its own keeps it. A block of four megabytes or more that finds no room there is mapped by
    itself and unmapped when freed: glibc raises that bound by itself up to 32 MB, and blocks of
    many sizes then leave holes in its heaps that nothing fits in. Another C library is left as it
    is.
    """
    with suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_ARENA_MAX, 1)
        libc.mallopt(_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)
        libc.mallopt(_TRIM_THRESHOLD, 2 * HEAP_BYTES)
        libc.mallopt(_TOP_PAD, HEAP_BYTES)
