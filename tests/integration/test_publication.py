"""Write, audit, publish: readers see whole versions that passed, whoever is killed when.

The warehouse here is made by plain SQL: what publishing reads, and one table for its readers.
"""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import duckdb
import pytest

from expectations.ledger import TABLES
from ingestion.warehouse import open_warehouse
from publication import publish as publishing
from publication.manifest import Manifest, Offset, PassedCheck, load_manifest
from publication.publish import publish
from publication.query import query
from runtime.errors import AttacheError, GateClosedError
from runtime.run import Run
from runtime.settings import PROJECT, Settings

RUN = Run("scheduled__1", datetime(2014, 4, 6, tzinfo=UTC))
POSTS = "attache.posts.v1"
READER = """
import sys
from publication.query import query
from runtime.settings import load_settings

seen, opened = [], 0
settings = load_settings()
print("reading", flush=True)
while not seen or seen[-1] < int(sys.argv[1]):
    (state, rows, sizes), = query(settings, "SELECT max(state), count(*), max(size) FROM t").rows
    assert (rows, sizes) == (100 * state, 100 * state), (state, rows, sizes)
    seen = seen if seen[-1:] == [state] else [*seen, state]
    opened += 1
print(*seen)
"""
PUBLISHER = """
import os, signal, sys
from publication import publish as publishing, version_file
from runtime.settings import load_settings
from tests.integration.test_publication import RUN

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

SEAMS = {
    "while the version is copied": (version_file, "sync_file"),
    "before the version is described": (publishing, "_manifest"),
    "before it is served": (publishing, "_serve"),
    "between file and manifest": (publishing, "manifest_path"),
    "after it is served": (publishing, "_prune"),
}
owner, name = SEAMS[sys.argv[1]]
setattr(owner, name, kill)
publishing.publish(load_settings(), RUN)
"""


def test_a_state_that_was_not_built_checked_and_passed_is_refused(settings: Settings) -> None:
    with pytest.raises(GateClosedError, match="no warehouse"):
        publish(settings, RUN)
    with open_warehouse(settings):
        pass
    with pytest.raises(GateClosedError, match="Nothing was built"):
        publish(settings, RUN)
    make_state(settings, 1, checked=None)
    with pytest.raises(GateClosedError, match="not been checked"):
        publish(settings, RUN)
    make_state(settings, 2, checked=False)
    with pytest.raises(GateClosedError, match="did not pass"):
        publish(settings, RUN)
    make_state(settings, 3, built=False)
    with pytest.raises(GateClosedError, match="did not succeed"):
        publish(settings, RUN)
    assert load_manifest(settings) is None
    assert not (settings.published / "current.duckdb").exists()


def test_a_check_that_began_before_the_build_ended_does_not_count(settings: Settings) -> None:
    make_state(settings, 1)
    execute(settings, "UPDATE ops.ops_quality_runs SET checked_at = checked_at - INTERVAL 2 HOUR")
    with pytest.raises(GateClosedError, match="not been checked"):
        publish(settings, RUN)


def test_a_refused_state_leaves_the_earlier_version_served(settings: Settings) -> None:
    make_state(settings, 1)
    publish(settings, RUN)
    before = load_manifest(settings)
    make_state(settings, 2, checked=False)
    with pytest.raises(GateClosedError):
        publish(settings, RUN)
    assert load_manifest(settings) == before
    assert states(settings) == [(1,)]


def test_a_state_is_published_once(settings: Settings) -> None:
    make_state(settings, 1)
    assert publish(settings, RUN).is_new
    before = tree(settings)
    again = publish(settings, Run("scheduled__2", RUN.logical_at))
    assert (again.is_new, again.version) == (False, 1)
    assert tree(settings) == before


def test_two_who_publish_at_once_publish_one_version(settings: Settings) -> None:
    make_state(settings, 1)
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: publish(settings, RUN), range(4)))
    assert sorted(report.is_new for report in reports) == [False, False, False, True]
    assert versions(settings) == ["v000001.duckdb"]
    assert_coherent(settings)


def test_the_manifest_says_what_the_version_is_made_of(settings: Settings) -> None:
    make_state(settings, 3)
    report = publish(settings, RUN)
    manifest = assert_coherent(settings)
    assert manifest.row_counts == report.row_counts
    assert manifest.row_counts["marts.t"] == 300
    assert manifest.row_counts["ops.ops_quality_results"] == 2
    assert (manifest.run_id, manifest.logical_at) == (RUN.run_id, RUN.logical_at)
    assert manifest.state_fingerprint == "state-3"
    assert manifest.offsets == [Offset(POSTS, 0, 0, 3)]
    assert manifest.checks == [
        PassedCheck("a_flag", "flag", False),
        PassedCheck("a_stop", "stop", True),
    ]


def test_the_published_file_has_what_readers_may_see_and_nothing_else(settings: Settings) -> None:
    make_state(settings, 1)
    execute(settings, "CREATE TABLE staging.s AS SELECT 1; CREATE TABLE intermediate.i AS SELECT 1")
    publish(settings, RUN)
    path = settings.published / "current.duckdb"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    schemas = query(settings, "SELECT DISTINCT schema_name FROM duckdb_tables() ORDER BY 1").rows
    assert schemas == [("marts",), ("ops",), ("reporting",)]
    with pytest.raises(AttacheError, match="read-only"):
        query(settings, "DELETE FROM t")
    assert b"a raw actor's name" not in path.read_bytes()


def test_a_view_is_published_as_the_table_that_it_shows(settings: Settings) -> None:
    make_state(settings, 1)
    execute(settings, "CREATE VIEW reporting.v AS SELECT * FROM warehouse.marts.t")
    publish(settings, RUN)
    assert query(settings, "FROM reporting.v").rows == query(settings, "FROM marts.t").rows
    assert not query(settings, "SELECT 1 FROM duckdb_views() WHERE NOT internal").rows


def test_a_home_may_have_any_name(settings: Settings) -> None:
    odd = settings.model_copy(update={"home": settings.home / "it's a home, with an é"})
    make_state(odd, 1)
    publish(odd, RUN)
    assert states(odd) == [(1,)]


def test_readers_never_fail_and_an_open_one_keeps_its_version(settings: Settings) -> None:
    make_state(settings, 1)
    publish(settings, RUN)
    with (
        duckdb.connect(str(settings.published / "current.duckdb"), read_only=True) as held,
        python(settings, READER, "6") as reader,
    ):
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reading\n"
        for state in range(2, 7):
            make_state(settings, state)
            publish(settings, RUN)
        seen, _ = reader.communicate()
        assert reader.returncode == 0
        assert held.execute("SELECT DISTINCT state FROM marts.t").fetchall() == [(1,)]
    numbers = [int(number) for number in seen.split()]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == 6


@pytest.mark.parametrize(
    ("seam", "served"),
    [
        ("while the version is copied", 1),
        ("before the version is described", 1),
        ("before it is served", 1),
        ("between file and manifest", 2),
        ("after it is served", 2),
    ],
)
def test_a_kill_leaves_a_whole_version_and_the_next_publication_mends_the_rest(
    settings: Settings, seam: str, served: int
) -> None:
    make_state(settings, 1)
    publish(settings, RUN)
    make_state(settings, 2)
    with python(settings, PUBLISHER, seam) as publisher:
        publisher.communicate()
    assert publisher.returncode == -signal.SIGKILL
    assert states(settings) == [(served,)]
    report = publish(settings, RUN)
    assert report.is_new == (served == 1)
    assert states(settings) == [(2,)]
    manifest = assert_coherent(settings)
    assert manifest.version == report.version
    assert manifest.state_fingerprint == "state-2"
    assert not list(settings.published.rglob("*.part*"))


def test_old_versions_are_pruned_and_the_served_one_is_among_the_kept(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "KEEP_VERSIONS", 2)
    for state in range(1, 5):
        make_state(settings, state)
        publish(settings, RUN)
    assert versions(settings) == ["v000003.duckdb", "v000004.duckdb"]
    kept = sorted(path.name for path in (settings.published / "versions").glob("*.json"))
    assert kept == ["v000003.json", "v000004.json"]
    assert assert_coherent(settings).version == 4


def make_state(
    settings: Settings, state: int, *, built: bool = True, checked: bool | None = True
) -> None:
    """One more build of 100 rows a state, and the outcome of its check; None: not checked."""
    with open_warehouse(settings) as warehouse:
        for name, columns in TABLES.items():
            warehouse.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")
        warehouse.execute(
            """CREATE TABLE IF NOT EXISTS ops.ops_builds (
            build_id BIGINT, run_id VARCHAR, logical_at TIMESTAMPTZ, state_fingerprint VARCHAR,
            offsets JSON, success BOOLEAN, started_at TIMESTAMPTZ, finished_at TIMESTAMPTZ);
            INSERT INTO raw.dead_letters BY NAME SELECT 't' AS kafka_topic, 0 AS kafka_partition,
            0 AS kafka_generation, 0 AS kafka_offset, 'a raw actor''s name'::BLOB AS value,
            'r' AS reason, 'v' AS contract_version, 1 AS batch_id;
            CREATE OR REPLACE TABLE reporting.r AS SELECT 1 AS one"""
        )
        rows = 100 * state
        warehouse.execute(
            f"CREATE OR REPLACE TABLE marts.t AS SELECT {state} AS state, {rows} AS size "
            f"FROM range({rows})"
        )
        name, head = f"state-{state}", ["r", RUN.logical_at]
        offsets = f'[["{POSTS}", 0, 0, {state}]]'
        ended = RUN.logical_at.replace(hour=state)
        warehouse.execute(
            "INSERT INTO ops.ops_builds VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [state, *head, name, offsets, built, ended, ended],
        )
        if checked is None:
            return
        run = f"check-{state}"
        warehouse.execute(
            "INSERT INTO ops.ops_quality_runs VALUES (?, ?, ?, ?, ?, 2, 0, 1, ?)",
            [run, *head, name, checked, ended],
        )
        for check, severity, success in [("a_stop", "stop", checked), ("a_flag", "flag", False)]:
            warehouse.execute(
                """INSERT INTO ops.ops_quality_results VALUES
                (?, ?, ?, ?, ?, 't', ?, ?, 0, '[]', '', '', '', NULL)""",
                [run, *head, name, check, severity, success],
            )
        warehouse.execute("DELETE FROM ops.ops_quality_results WHERE check_run_id <> ?", [run])


def execute(settings: Settings, sql: str) -> None:
    with open_warehouse(settings) as warehouse:
        warehouse.execute(sql)


def states(settings: Settings) -> list[tuple[int]]:
    """Which states readers see."""
    return query(settings, "SELECT DISTINCT state FROM t").rows


def versions(settings: Settings) -> list[str]:
    return sorted(path.name for path in (settings.published / "versions").glob("*.duckdb"))


def tree(settings: Settings) -> dict[str, tuple[int, int]]:
    """Every published file, with its inode and time of change."""
    paths = sorted(settings.published.rglob("*.*"))
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}


def assert_coherent(settings: Settings) -> Manifest:
    """The manifest describes the very file that is served."""
    manifest = load_manifest(settings)
    assert manifest is not None
    content = (settings.published / "current.duckdb").read_bytes()
    assert manifest.sha256 == hashlib.sha256(content).hexdigest()
    assert manifest.bytes == len(content)
    assert manifest.file == f"v{manifest.version:06d}.duckdb"
    assert (settings.published / "versions" / manifest.file).read_bytes() == content
    for name, count in manifest.row_counts.items():
        assert query(settings, f"SELECT count(*) FROM {name}").rows == [(count,)]
    return manifest


@contextmanager
def python(settings: Settings, program: str, argument: str) -> Iterator[subprocess.Popen[str]]:
    """Another process of this home, gone at the end whatever happened."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ATTACHE_")}
    with subprocess.Popen(
        [sys.executable, "-c", program, argument],
        env={**kept, "ATTACHE_HOME": str(settings.home), "PYTHONPATH": str(PROJECT)},
        cwd=settings.home,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
