"""How a build reads a large warehouse: no more than is asked for, and some while dbt starts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import duckdb
import psutil

LOOKED_THROUGH = {
    "marts.fct_interaction": ("interaction_hash",),
    "intermediate.int_lockstep_actions": (
        *("actor_number", "target_number", "first_second"),
        *("near_60", "near_600", "near_3600"),
    ),
}
"""Columns in which each new day looks for what it touches, whatever it is: the longest of them."""


def read_as_asked(path: Path) -> int:
    """Have a file that this process holds open read as it is asked for, and not ahead.

    Of a large table a new day reads some columns. They lie beside the others, row group by row
    group, and a kernel that reads on by megabytes reads those as well.

    Returns:
        int: of how many descriptors the kernel was told so; 0 where it can't be.
    """
    if not hasattr(os, "posix_fadvise"):  # macOS
        return 0
    path = path.resolve()
    handles = [file.fd for file in psutil.Process().open_files() if Path(file.path) == path]
    for handle in handles:
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_RANDOM)
    return len(handles)


@contextmanager
def reading_meanwhile(warehouse: duckdb.DuckDBPyConnection) -> Iterator[Thread]:
    """Read the columns that are looked through, in a thread of its own, into DuckDB's memory.

    dbt starts on one core, and for seconds nobody asks the disk for anything. What was read stays
    for dbt, which shares the open file; where memory is short DuckDB lets go of it again.
    """
    cursor = warehouse.cursor()
    reader = Thread(target=_read, args=(cursor,), name="reading meanwhile")
    reader.start()
    try:
        yield reader
    finally:
        while reader.is_alive():  # what has not begun can't be interrupted
            cursor.interrupt()
            reader.join(0.05)
        cursor.close()


def _read(cursor: duckdb.DuckDBPyConnection) -> None:
    for table, columns in LOOKED_THROUGH.items():
        # no statistics answer this: each value has to be looked at
        looked_at = ", ".join(f"bit_xor({column})" for column in columns)
        try:
            cursor.execute(f"SELECT {looked_at} FROM {table}").fetchall()
        except duckdb.Error:  # not there, or interrupted: whoever needs it will read it, or say so
            return
