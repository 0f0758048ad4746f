"""The file of a version: tables copied into it, and named only when it is whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import duckdb

from ingestion.contracts.validation import sql_text
from runtime.errors import AttacheError
from runtime.files import sync_file

PUBLISHED_SCHEMAS = ("marts", "reporting", "ops")


class FileFacts(TypedDict):
    """What a manifest says of a file."""

    bytes: int
    sha256: str


def write_version(
    database: duckdb.DuckDBPyConnection,
    source: str,
    path: Path,
    complete: Callable[[], object] = lambda: None,
    kept_rows: Callable[[str], str] = lambda _: "true",
) -> dict[str, int]:
    """Copy the published schemas of an attached database into a file of their own, read only.

    Views of the database name its tables with the file's own name: it is attached under that.

    Args:
        complete: called with the new tables attached as `version`, before the file has its name.
        kept_rows: SQL of which rows of a table, `marts.fct_post`, are copied.

    Returns:
        dict: rows of each table.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    database.execute(f"ATTACH {sql_text(str(part))} AS version")
    for schema, table in _tables(database, source):
        database.execute(f"CREATE SCHEMA IF NOT EXISTS version.{schema}")
        database.execute(
            f"""CREATE TABLE version.{schema}.{table} AS
            FROM {source}.{schema}.{table} WHERE {kept_rows(f"{schema}.{table}")}"""
        )
    complete()
    row_counts: dict[str, int] = {}
    for schema, table in _tables(database, "version"):
        counted = database.execute(f"SELECT count(*) FROM version.{schema}.{table}").fetchone()
        row_counts[f"{schema}.{table}"] = int(counted[0]) if counted else 0
    database.execute("CHECKPOINT version")
    database.execute("DETACH version")
    sync_file(part)
    part.chmod(0o444)
    part.replace(path)
    return row_counts


def attach_read_only(database: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Attach a file under a name.

    Raises:
        AttacheError: the file can't be read, or somebody writes it.
    """
    try:
        database.execute(f"ATTACH {sql_text(str(path))} AS {name} (READ_ONLY)")
    except duckdb.IOException as error:
        if not path.exists():
            raise AttacheError(
                f"There is no {path}.", "`attache land` makes a warehouse."
            ) from error
        raise AttacheError(
            "Another process is writing the warehouse.", "Wait for the running step to end."
        ) from error


def columns_of(database: duckdb.DuckDBPyConnection, name: str, table: str) -> dict[str, str]:
    """Names and types of the columns of `schema.table`; empty where there is no such table."""
    schema, _, short = table.partition(".")
    return dict(
        database.execute(
            """SELECT column_name, data_type FROM duckdb_columns()
            WHERE database_name = ? AND schema_name = ? AND table_name = ?
            ORDER BY column_index""",
            [name, schema, short],
        ).fetchall()
    )


def built_erasures(database: duckdb.DuckDBPyConnection, name: str) -> int:
    """The last erasure that the last build of an attached database knew; 0: none."""
    if "last_erasure_id" not in columns_of(database, name, "ops.ops_builds"):
        return 0
    row = database.execute(
        f"SELECT last_erasure_id FROM {name}.ops.ops_builds ORDER BY build_id DESC LIMIT 1"
    ).fetchone()
    return int(row[0] or 0) if row else 0


def file_facts(path: Path) -> FileFacts:
    """Size and digest of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _tables(database: duckdb.DuckDBPyConnection, name: str) -> list[tuple[str, str]]:
    """Tables of the published schemas, and views, which become tables where they are copied."""
    return database.execute(
        """SELECT table_schema, table_name FROM information_schema.tables
        WHERE table_catalog = ? AND list_contains(?, table_schema) ORDER BY ALL""",
        [name, list(PUBLISHED_SCHEMAS)],
    ).fetchall()
