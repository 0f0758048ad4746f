"""A warehouse whose process is killed at one statement of its first batch, and its log."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from ingestion.warehouse import open_warehouse
from runtime.settings import Settings


def log_of(home: Settings) -> Path:
    """The warehouse's write-ahead log: what a killed process committed and no checkpoint wrote."""
    return home.warehouse.with_name(home.warehouse.name + ".wal")


def dying_at(statement: str, when: str) -> Callable[[Settings], Any]:
    """`open_warehouse` with a connection that is killed at a statement of the first batch."""

    @contextmanager
    def open_dying(settings: Settings) -> Iterator[Any]:
        with open_warehouse(settings) as warehouse:
            yield Dying(warehouse, statement, when)

    return open_dying


class Dying:
    """A connection that passes everything on, and kills its process at one statement."""

    def __init__(self, warehouse: duckdb.DuckDBPyConnection, statement: str, when: str) -> None:
        self.warehouse = warehouse
        self.statement = statement
        self.when = when
        self.inserted = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.warehouse, name)

    def execute(self, sql: str, *more: Any) -> Any:
        self.inserted = self.inserted or "INSERT INTO raw.batches" in sql
        return self._watch(sql, lambda: self.warehouse.execute(sql, *more))

    def commit(self) -> Any:
        return self._watch("COMMIT" if self.inserted else "", self.warehouse.commit)

    def _watch(self, sql: str, run: Callable[[], Any]) -> Any:
        meant = self.statement in sql
        if meant and self.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = run()
        if meant:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
