"""Great Expectations on DuckDB: the plumbing that its own SQL datasource lacks.

It closes the connection before it reads a result, which DuckDB's driver can't survive. The engine
here keeps one connection until it's told to close. Importing this file takes seconds.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from great_expectations.data_context.data_context.abstract_data_context import AbstractDataContext
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from sqlalchemy import Connection


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """An engine with one connection, instants in UTC, usable again after a query that failed."""

    @contextmanager
    def get_connection(self) -> Iterator[Connection]:
        if self._connection is None:
            self._connection = self.engine.connect()
            self._connection.exec_driver_sql("SET TimeZone = 'UTC'")
        try:
            yield self._connection
        except Exception:
            self._connection.rollback()
            raise

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.engine.dispose()


class DuckDBDatasource(SQLDatasource):
    """A DuckDB file. Great Expectations finds it by its type: `data_sources.add_duckdb`."""

    type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]

    @property
    def execution_engine_type(self) -> builtins.type[SqlAlchemyExecutionEngine]:
        return DuckDBExecutionEngine


@contextmanager
def open_read_only(
    context: AbstractDataContext, warehouse: Path, threads: int
) -> Iterator[DuckDBDatasource]:
    """The warehouse as a datasource, read only; closed on the way out."""
    arguments: dict[str, Any] = {"read_only": True, "config": {"threads": threads}}
    datasource: DuckDBDatasource = context.data_sources.add_duckdb(
        "warehouse",
        connection_string=f"duckdb:///{warehouse}",
        create_temp_table=False,
        kwargs={"connect_args": arguments},
    )
    try:
        yield datasource
    finally:
        datasource.get_execution_engine().close()
        datasource.get_engine().dispose()
