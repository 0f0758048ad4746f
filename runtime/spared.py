"""What a process does without as it starts: packages that it has no use for, garbage collection."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


def spare(*packages: str) -> None:
    """From now on this process doesn't find these; where one is imported already, it stays.

    DuckDB and Arrow import pandas, Arrow's data sets and dateutil with the
    first value that they are handed, to see whether it is one of theirs: half a second and 60 MB,
    for a command that has none.
    """
    sys.meta_path.insert(0, _Missing(packages))


def spare_threads() -> None:
    """Numpy starts no threads for linear algebra as it is imported: who has none needs none."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@contextmanager
def importing() -> Iterator[None]:
    """For imports that make many objects: nobody looks through them for garbage, now or later.

    Later is at the end of the process, too, which then takes a tenth of a second less.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class _Missing(MetaPathFinder):
    def __init__(self, packages: Sequence[str]) -> None:
        self._packages = packages

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname in self._packages:
            raise ModuleNotFoundError(f"{fullname} is spared here", name=fullname)
        return None
