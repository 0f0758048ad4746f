"""Memory that is freed goes back to the system."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

BLOCKS = """
import ctypes, psutil
from runtime.memory import prepare_for_blocks
if {called}:
    prepare_for_blocks()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
MEBIBYTE = 1024 * 1024
libc.free(libc.malloc(30 * MEBIBYTE))
blocks = [ctypes.c_void_p(libc.malloc(20 * MEBIBYTE)) for _ in range(31)]
for block in blocks:
    ctypes.memset(block, 1, 20 * MEBIBYTE)
full = psutil.Process().memory_info().rss
for block in blocks[:-1]:
    libc.free(block)
print((full - psutil.Process().memory_info().rss) // MEBIBYTE)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
@pytest.mark.parametrize(("called", "given_back"), [(True, 400), (False, 0)])
def test_freed_blocks_below_another_one_are_given_back(called: bool, given_back: int) -> None:
    command = [sys.executable, "-c", BLOCKS.format(called=called)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert int(printed) == pytest.approx(given_back, abs=30)


HEAP = """
from runtime.memory import HEAP_BYTES, prepare_for_blocks
prepare_for_blocks()
large, size, is_heap = 0, 0, False
for line in open("/proc/self/smaps"):
    name, *words = line.split()
    if "-" in name:
        is_heap = words[-1] == "[heap]"
    elif is_heap and name == "Size:":
        size = int(words[0]) * 1024
    elif is_heap and name == "VmFlags:" and "hg" in words:
        large += size
print(large >= HEAP_BYTES - 4 * 1024 * 1024)
"""


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc" or not Path("/sys/kernel/mm/transparent_hugepage").exists(),
    reason="another C library, or a system without large pages",
)
def test_the_heap_is_in_large_pages() -> None:
    printed = subprocess.run([sys.executable, "-c", HEAP], check=True, capture_output=True).stdout
    assert printed == b"True\n"
