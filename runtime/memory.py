"""Memory that goes back to the system when it is freed, and not only to the process."""

from __future__ import annotations

import ctypes
from contextlib import suppress

LARGE_BLOCK_BYTES = 1024 * 1024
_MMAP_THRESHOLD = -3
"""glibc's M_MMAP_THRESHOLD, of malloc.h."""


def give_back_large_blocks() -> None:
    """From now on, a block of a megabyte or more is mapped by itself and unmapped when freed.

    glibc raises that bound by itself up to 32 MB, and blocks of many sizes then leave holes in its
    heaps that nothing fits in. Another C library is left as it is.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)
