"""One process, measured from its start to its end."""

from __future__ import annotations

import os
import time

import msgspec


class Measured(msgspec.Struct, frozen=True):
    """One process, from its start to its end: seconds of the clock and of CPU, peak bytes."""

    seconds: float
    cpu: float
    peak: int


def run_process(
    command: list[str], variables: dict[str, str], output: str = os.devnull
) -> Measured:
    """Run a process and its children; the peak is that of the largest single one.

    Args:
        output: the file that takes what it prints.
    """
    started = time.perf_counter()
    with open(output, "wb") as printed, open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        pid = os.posix_spawnp(
            command[0],
            command,
            {**os.environ, **variables},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, printed.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, nowhere.fileno(), 2),
            ],
        )
        _, status, usage = os.wait4(pid, 0)
    if status:
        raise RuntimeError(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}")
    seconds = time.perf_counter() - started
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
