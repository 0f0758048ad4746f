"""The warehouses that `make bench-build` measures are such as a landing leaves them."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.stored import BATCH, NEW, Stored, land_new, store
from ingestion.warehouse import open_warehouse
from runtime.settings import Settings

KINDS = ("interactions", "posts", "accounts", "counters")


def test_what_is_new_is_the_same_on_top_of_any_history_and_all_of_it_is_booked(
    tmp_path: Path,
) -> None:
    small, large = _landed(tmp_path / "small", 2_000), _landed(tmp_path / "large", 20_000)
    with duckdb.connect() as connection:
        for name, home in (("small", small), ("large", large)):
            connection.execute(f"ATTACH '{home.warehouse}' AS {name} (READ_ONLY)")
        for kind in KINDS:
            # the new day is five batches: profiles of accounts and of actors have one each
            new = [
                f"SELECT * EXCLUDE (batch_id, kafka_offset) FROM {name}.raw.{kind} AS events "
                f"WHERE batch_id > (SELECT max(batch_id) - 5 FROM {name}.raw.batches)"
                for name in ("small", "large")
            ]
            assert connection.execute(f"({new[0]}) EXCEPT ALL ({new[1]})").fetchall() == []
            booked = connection.execute(
                f"""SELECT sum(row_count), max(next_offset) FROM large.raw.batches
                WHERE topic = 'attache.{kind}.v1'"""
            ).fetchone()
            rows = connection.execute(f"SELECT count(*) FROM large.raw.{kind}").fetchall()[0][0]
            assert booked == (rows, rows)
        acted = connection.execute(
            "SELECT count(*) FILTER (NOT undone) FROM large.raw.interactions"
        ).fetchall()
    assert acted == [(20_000 + NEW,)]


def test_batches_are_full_row_groups_but_for_the_last(tmp_path: Path) -> None:
    home = Settings(home=tmp_path)
    with open_warehouse(home) as warehouse:
        store(warehouse, Stored(300_000))
        rows = warehouse.execute(
            "SELECT count(*) FROM raw.interactions GROUP BY batch_id ORDER BY batch_id"
        ).fetchall()
        noted = warehouse.execute(
            """SELECT row_count FROM raw.batches WHERE topic = 'attache.interactions.v1'
            ORDER BY batch_id"""
        ).fetchall()
        groups = warehouse.execute(
            """SELECT sum(count) FROM pragma_storage_info('raw.interactions')
            WHERE column_name = 'event_id' AND segment_type <> 'VALIDITY'
            GROUP BY row_group_id ORDER BY row_group_id"""
        ).fetchall()
    assert rows == noted == groups
    assert {count for (count,) in groups[:-1]} == {BATCH}


def _landed(path: Path, size: int) -> Settings:
    home = Settings(home=path)
    with open_warehouse(home) as warehouse:
        store(warehouse, Stored(size))
        land_new(warehouse)
    return home
