"""Compile records.c for this machine, with the C compiler that the lock file names.

python -m ingestion.native.build
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ingestion.native.library import SOURCE, library_path
from runtime.errors import AttacheError
from runtime.progress import console

FLAGS = ("-O2", "-mcpu=baseline", "-shared", "-fPIC", "-fno-sanitize=all", "-Wall", "-Wextra")


class CompileError(AttacheError):
    """The compiler is missing, or refuses the source."""


def build() -> Path:
    """Compile it where it is not compiled yet; libraries of other sources are removed.

    Raises:
        CompileError: there is no compiler, or it fails.
    """
    made = library_path()
    if made.exists():
        return made
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / made.name
        command = [sys.executable, "-m", "ziglang", "cc", *FLAGS, "-o", str(fresh), str(SOURCE)]
        caches = {"ZIG_GLOBAL_CACHE_DIR": scratch, "ZIG_LOCAL_CACHE_DIR": scratch}
        done = subprocess.run(
            command, env={**os.environ, **caches}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise CompileError(
                f"{SOURCE.name} was not compiled: {done.stderr.strip()[-500:]}",
                "The landing works without it, more slowly. To try again, type: make .venv",
            )
        for old in SOURCE.parent.glob("records-*.so"):
            old.unlink()
        part = made.with_suffix(".part")
        part.write_bytes(fresh.read_bytes())
        part.replace(made)  # a reader finds it whole, or not at all
    return made


if __name__ == "__main__":
    try:
        print(f"{build().name} is in place.")  # noqa: T201
    except CompileError as error:  # no reason to stop: numpy does the same
        console.print(str(error), markup=False)
