"""Reading the published file: the one that analysts and BI tools open, never the warehouse."""

from __future__ import annotations

from typing import Any

import duckdb
import msgspec

from runtime.errors import AttacheError, WrongUseError
from runtime.settings import Settings


class QueryResult(msgspec.Struct, frozen=True):
    """Column names, and rows of values in the same order."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


def open_published(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Open the published file, read only; marts, reports and ops need no schema before their name.

    Raises:
        AttacheError: nothing has been published yet.
    """
    path = settings.published / "current.duckdb"
    if not path.exists():
        raise AttacheError(
            "Nothing has been published yet.",
            "Run `attache land`, `build`, `check` and `publish`, or `attache demo`.",
        )
    connection = duckdb.connect(str(path), read_only=True)
    connection.execute("SET search_path = 'marts,reporting,ops'; SET TimeZone = 'UTC'")
    return connection


def query(settings: Settings, sql: str) -> QueryResult:
    """Run one statement on the published file.

    Raises:
        WrongUseError: the statement can't be run; the message is the database's.
    """
    with open_published(settings) as connection:
        try:
            cursor = connection.execute(sql)
            columns = [column[0] for column in cursor.description or []]
            return QueryResult(columns, cursor.fetchall())
        except duckdb.Error as error:
            raise WrongUseError(
                str(error).strip(), '`attache query "SHOW ALL TABLES"` lists what there is.'
            ) from error
