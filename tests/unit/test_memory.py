"""Memory that is freed goes back to the system."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

BLOCKS = """
import ctypes, psutil
from runtime.memory import use_one_heap
if {called}:
    use_one_heap()
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
@pytest.mark.parametrize(("called", "given_back"), [(True, 600), (False, 0)])
def test_freed_blocks_below_another_one_are_given_back(called: bool, given_back: int) -> None:
    command = [sys.executable, "-c", BLOCKS.format(called=called)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert int(printed) == pytest.approx(given_back, abs=30)


OTHER_THREAD = """
import ctypes, threading
from runtime.memory import use_one_heap
if {called}:
    use_one_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
places = []
thread = threading.Thread(target=lambda: places.append(libc.malloc(100_000)))
thread.start()
thread.join()
for line in open("/proc/self/maps"):
    begin, end = (int(place, 16) for place in line.split()[0].split("-"))
    if begin <= places[0] < end:
        print(line.split()[-1] == "[heap]")
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
@pytest.mark.parametrize("called", [True, False])
def test_another_thread_has_no_heap_of_its_own(called: bool) -> None:
    command = [sys.executable, "-c", OTHER_THREAD.format(called=called)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert printed == f"{called}\n"
