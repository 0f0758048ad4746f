"""A build reads what is asked for, and what it will ask for while dbt starts."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest

from attache.reading import LOOKED_THROUGH, read_as_asked, reading_meanwhile


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="no posix_fadvise on this system")
def test_of_the_file_that_is_open_the_kernel_is_told_and_of_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    def tell(handle: int, start: int, length: int, advice: int) -> None:
        told.append((str(Path(f"/proc/self/fd/{handle}").readlink()), start, length, advice))

    monkeypatch.setattr(os, "posix_fadvise", tell)
    path, other = tmp_path / "warehouse.duckdb", tmp_path / "other.duckdb"
    with duckdb.connect(str(path)), duckdb.connect(str(other)):
        assert read_as_asked(path) == 1
    assert told == [(str(path), 0, 0, os.POSIX_FADV_RANDOM)]


def test_a_file_that_is_not_open_is_left_alone(tmp_path: Path) -> None:
    assert read_as_asked(tmp_path / "warehouse.duckdb") == 0


def test_what_is_read_meanwhile_is_in_memory_for_who_shares_the_file(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as warehouse:
        for table, columns in LOOKED_THROUGH.items():
            warehouse.execute(f"CREATE SCHEMA {table.split('.')[0]}")
            values = ", ".join(f"hash(i, '{column}') AS {column}" for column in columns)
            warehouse.execute(f"CREATE TABLE {table} AS SELECT {values} FROM range(300000) n(i)")
    with duckdb.connect(str(path)) as warehouse:
        before = _held(warehouse)
        with reading_meanwhile(warehouse) as reader:
            reader.join()
        column_count = sum(len(columns) for columns in LOOKED_THROUGH.values())
        assert _held(warehouse) - before >= column_count * 300_000 * 8


def test_where_a_table_is_missing_nothing_happens() -> None:
    with duckdb.connect() as warehouse:
        with reading_meanwhile(warehouse) as reader:
            reader.join()
        assert warehouse.execute("SELECT 1").fetchone() == (1,)


def test_who_needs_nothing_more_does_not_wait_for_it(tmp_path: Path) -> None:
    with duckdb.connect() as warehouse:
        warehouse.execute(
            """CREATE SCHEMA marts;
            CREATE VIEW marts.fct_interaction AS
            SELECT a.i * b.i AS interaction_hash
            FROM range(1000000) a(i), range(1000000) b(i)"""
        )
        with reading_meanwhile(warehouse) as reader:
            assert reader.is_alive()
        assert not reader.is_alive()


def _held(warehouse: duckdb.DuckDBPyConnection) -> int:
    row = warehouse.execute(
        "SELECT sum(memory_usage_bytes) FROM duckdb_memory() WHERE tag = 'BASE_TABLE'"
    ).fetchone()
    assert row
    return int(row[0])
