"""Memory that goes back to the system when it is freed, and not only to the process."""

from __future__ import annotations

import ctypes
from contextlib import suppress

LARGE_BLOCK_BYTES = 4 * 1024 * 1024
KEPT_BYTES = 64 * 1024 * 1024
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""glibc's M_TRIM_THRESHOLD and M_MMAP_THRESHOLD, of malloc.h."""


def give_back_large_blocks() -> None:
    """From now on, a block of four megabytes or more is mapped by itself and unmapped when freed.

    glibc raises that bound by itself up to 32 MB, and blocks of many sizes then leave holes in its
    heaps that nothing fits in. Once the bound is fixed, it would also give back the end of a heap
    whenever 128 KB of it are free, and fetch it again: some are kept. Another C library is left as
    it is.
    """
    with suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)
        libc.mallopt(_TRIM_THRESHOLD, KEPT_BYTES)
