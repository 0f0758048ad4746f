"""Memory that goes back to the system when it is freed, and not only to the process."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from functools import cache

LARGE_BLOCK_BYTES = 4 * 1024 * 1024
HEAP_BYTES = 192 * 1024 * 1024
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -2, -3, -8
"""glibc's M_TRIM_THRESHOLD and so on, of malloc.h."""
_HUGE_PAGE_BYTES = 2 * 1024 * 1024
_MADV_HUGEPAGE = 14


@cache
def prepare_for_blocks() -> None:
    """From now on, blocks of all sizes come and go with little work for the system.

    The smaller ones of all threads come from one heap, in pages of two megabytes where the system
    has them; it keeps HEAP_BYTES. In pages of four kilobytes, given back and fetched again, the
    system would clear each of them each time. A block of four megabytes or more that finds no room
    there is mapped by itself and unmapped when freed: glibc raises that bound by itself up to
    32 MB, and blocks of many sizes then leave holes in its heaps that nothing fits in. Another C
    library is left as it is.
    """
    with suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)
        libc.mallopt(_TRIM_THRESHOLD, 2 * HEAP_BYTES)  # or it would give this very heap back
        libc.mallopt(_ARENA_MAX, 1)
        libc.mallopt(_TOP_PAD, HEAP_BYTES)
        begin, end = _grown(libc)
        begin = -(-begin // _HUGE_PAGE_BYTES) * _HUGE_PAGE_BYTES
        libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        libc.madvise(begin, max(end - begin, 0), _MADV_HUGEPAGE)


def _grown(libc: ctypes.CDLL) -> tuple[int, int]:
    """Where the heap ended, and where it ends now that it had to grow."""
    libc.sbrk.restype = libc.malloc.restype = ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]
    before: int = libc.sbrk(0)
    blocks: list[int] = []
    while libc.sbrk(0) == before and len(blocks) < HEAP_BYTES // LARGE_BLOCK_BYTES:
        blocks.append(libc.malloc(LARGE_BLOCK_BYTES // 2))
    for block in blocks:
        libc.free(block)
    return before, libc.sbrk(0)
