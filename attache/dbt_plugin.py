"""What dbt-duckdb does to the warehouse's connection as it opens it: `profiles.yml` names this."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import psutil
from dbt.adapters.duckdb.plugins import BasePlugin


class Plugin(BasePlugin):
    """A new day reads some columns of a large file, and what it does not read shall not be read.

    A kernel that reads ahead, by megabytes perhaps, reads the columns between, too.
    """

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Tell the kernel not to read ahead in the file that dbt has just opened."""
        files = conn.execute("SELECT path FROM duckdb_databases() WHERE path IS NOT NULL")
        for (path,) in files.fetchall():
            read_as_asked(Path(path))


def read_as_asked(path: Path) -> int:
    """Have a file that this process holds open read as it is asked for, and no further.

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
