"""Packages that a process does without, though they are installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


def spare(package: str) -> None:
    """From now on this process doesn't find the package; where it is imported already, it stays.

    DuckDB and Arrow import pandas with the first value that they are handed, to see whether it is
    one of pandas': a third of a second and 50 MB, for a command that has none.
    """
    sys.meta_path.insert(0, _Missing(package))


class _Missing(MetaPathFinder):
    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname == self._package:
            raise ModuleNotFoundError(f"{fullname} is spared here", name=fullname)
        return None
