"""What a kill leaves of half a transaction goes when the warehouse is opened for writing again."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from benchmarks.stored import Stored, store
from ingestion.warehouse import open_warehouse
from runtime.settings import Settings
from tests.dbt.golden import first_events
from tests.dying import log_of
from tests.histories import land_events

LEFT = """INSERT INTO raw.interactions
SELECT * REPLACE ((SELECT max(batch_id) + 1 FROM raw.batches) AS batch_id) FROM raw.interactions"""
KILLED_AFTER_ITS_COMMIT = """
import os, signal, sys
from pathlib import Path
from benchmarks.stored import Stored, store
from ingestion.warehouse import open_warehouse
from runtime.settings import Settings

with open_warehouse(Settings(home=Path(sys.argv[1]))) as warehouse:
    warehouse.execute("CHECKPOINT")
    warehouse.begin()
    store(warehouse, Stored(int(sys.argv[2])))
    warehouse.commit()
    os.kill(os.getpid(), signal.SIGKILL)
"""
KILLED_AFTER_ITS_ERASURE = """
import os, signal, sys
from pathlib import Path
from ingestion.erasure.erase import Subject, erase
from ingestion.warehouse import open_warehouse
from runtime.settings import Settings
from tests.pipeline import RUN

home = Settings(home=Path(sys.argv[1]))
with open_warehouse(home):
    # who closes last writes the log into the file: this one never does
    everybody = Subject(platform="x", pseudonym="0a" * 16, raw_id=None)
    erase(home, RUN, [everybody], "Jane Roe", dry_run=False)
    os.kill(os.getpid(), signal.SIGKILL)
"""
RECORDS = 300_000
"""More than two row groups."""
CUTS = 60
RECORDED = """SELECT (SELECT count(*) FROM raw.interactions),
    (SELECT count(*) FROM raw.dead_letters),
    (SELECT sum(row_count) FROM raw.batches), (SELECT sum(dead_letter_count) FROM raw.batches),
    (SELECT count(*) FROM raw.erasures)"""
STATE = """SELECT (SELECT count(*) FROM raw.interactions),
    (SELECT coalesce(sum(row_count), 0) FROM raw.batches WHERE topic = 'attache.interactions.v1')"""


def test_rows_of_no_batch_are_taken_out_and_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Settings(home=tmp_path)
    land_events(home, first_events())
    before = _rows(home)
    with open_warehouse(home) as warehouse:
        warehouse.execute(LEFT)
    assert _rows(home) != before
    capsys.readouterr()
    with open_warehouse(home):
        pass
    assert _rows(home) == before
    assert f"{len(before)} rows that it left" in " ".join(capsys.readouterr().err.split())
    with open_warehouse(home):
        pass
    assert capsys.readouterr().err == ""


def test_wherever_the_log_of_a_commit_breaks_off_there_is_all_of_it_or_nothing(
    tmp_path: Path,
) -> None:
    whole = Settings(home=tmp_path / "whole")
    command = [sys.executable, "-c", KILLED_AFTER_ITS_COMMIT, str(whole.home), str(RECORDS)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    log = log_of(whole).read_bytes()
    torn = Settings(home=tmp_path / "torn")
    torn.home.mkdir()
    as_duckdb_has_it, found = set(), set()
    for cut in [*range(0, len(log), len(log) // CUTS), len(log)]:
        shutil.copy(whole.warehouse, torn.warehouse)
        log_of(torn).write_bytes(log[:cut])
        with duckdb.connect(str(torn.warehouse), read_only=True) as warehouse:
            as_duckdb_has_it.update(warehouse.execute(STATE).fetchall())
        with open_warehouse(torn) as warehouse:
            found.update(warehouse.execute(STATE).fetchall())
    (everything,) = found - {(0, 0)}
    assert everything[0] == everything[1] > RECORDS
    # were this empty, DuckDB would need no help any more
    assert as_duckdb_has_it - found != set()


def test_what_was_half_erased_stands_until_it_is_erased_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, torn = (Settings(home=tmp_path / name) for name in ("whole", "torn"))
    with open_warehouse(whole) as warehouse:
        store(warehouse, Stored(RECORDS))
        warehouse.execute("UPDATE raw.interactions SET actor_id = repeat('0a', 16)")
        warehouse.execute("CHECKPOINT")
        before = warehouse.execute(RECORDED).fetchall()
    command = [sys.executable, "-c", KILLED_AFTER_ITS_ERASURE, str(whole.home)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    log = log_of(whole).read_bytes()
    torn.home.mkdir()
    as_duckdb_has_it, found = set(), set()
    for cut in [*range(0, len(log), len(log) // CUTS), *range(len(log) - CUTS, len(log) + 1)]:
        shutil.copy(whole.warehouse, torn.warehouse)
        log_of(torn).write_bytes(log[:cut])
        with duckdb.connect(str(torn.warehouse), read_only=True) as warehouse:
            as_duckdb_has_it.update(warehouse.execute(RECORDED).fetchall())
        capsys.readouterr()
        with open_warehouse(torn) as warehouse:
            state = warehouse.execute(RECORDED).fetchall()
        found.update(state)
        if "Erase again" in capsys.readouterr().err:
            assert state == before
    ((rows, letters, *_),) = found - set(before)
    assert rows == 0
    assert letters > RECORDS
    # were this empty, DuckDB would need no help any more
    assert as_duckdb_has_it - found != set()


def _rows(home: Settings) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        return warehouse.execute("FROM raw.interactions ORDER BY ALL").fetchall()
