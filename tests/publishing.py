"""States to publish, made by plain SQL: what publishing reads, and one table for its readers."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from expectations.ledger import TABLES
from ingestion.warehouse import open_warehouse
from publication.manifest import Manifest, load_manifest
from publication.query import query
from runtime.run import Run
from runtime.settings import Settings

RUN = Run("scheduled__1", datetime(2014, 4, 6, tzinfo=UTC))
POSTS = "attache.posts.v1"
PUBLISHER = """
import os, signal, sys
from publication import publish as publishing, version_file
from runtime.settings import load_settings
from tests.publishing import RUN

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
