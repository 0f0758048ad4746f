"""The gate's memory, in the warehouse: what each check said, and since when it fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import duckdb
import msgspec

from expectations.checks import CheckReport, CheckResult
from runtime.errors import GateClosedError
from runtime.settings import Settings

BUILD_FIRST = "Run `attache build` first, then `attache check`."

TABLES = {
    # One row per run of the gate.
    "ops.ops_quality_runs": """
        check_run_id VARCHAR NOT NULL, run_id VARCHAR NOT NULL, logical_at TIMESTAMPTZ NOT NULL,
        state_fingerprint VARCHAR NOT NULL, passed BOOLEAN NOT NULL, check_count INTEGER NOT NULL,
        failed_stop_count INTEGER NOT NULL, failed_flag_count INTEGER NOT NULL,
        checked_at TIMESTAMPTZ NOT NULL""",
    # One row per run of the gate and check; unexpected_count is null where it could not run.
    "ops.ops_quality_results": """
        check_run_id VARCHAR NOT NULL, run_id VARCHAR NOT NULL, logical_at TIMESTAMPTZ NOT NULL,
        state_fingerprint VARCHAR NOT NULL, check_id VARCHAR NOT NULL, table_name VARCHAR NOT NULL,
        severity VARCHAR NOT NULL, success BOOLEAN NOT NULL, unexpected_count BIGINT,
        sample_keys JSON NOT NULL, cause VARCHAR NOT NULL, not_applicable VARCHAR NOT NULL,
        description VARCHAR NOT NULL, failing_since TIMESTAMPTZ""",
}


class Standing(msgspec.Struct, frozen=True):
    """Where the gate stands before it runs.

    Attributes:
        state_fingerprint: of the last build, which succeeded.
        check_run_id: what this run of the gate will be called.
        failing_since: the checks that failed last time, each with the first logical time of its
            failures in a row.
    """

    state_fingerprint: str
    check_run_id: str
    failing_since: dict[str, datetime]


def read_standing(settings: Settings) -> Standing:
    """Look at the last build and the last run of the gate.

    Raises:
        GateClosedError: there is no build to check, or the last one failed.
    """
    if not settings.warehouse.exists():
        raise GateClosedError("The gate is closed: there is no warehouse yet.", BUILD_FIRST)
    with open_built(settings) as warehouse:
        fingerprint = _last_build(warehouse)
        if not _exists(warehouse, "ops_quality_runs"):
            return Standing(fingerprint, _name(1), {})
        runs = warehouse.execute("SELECT count(*) FROM ops.ops_quality_runs").fetchall()
        failing = warehouse.execute(
            """SELECT check_id, failing_since FROM ops.ops_quality_results WHERE NOT success
               AND check_run_id = (SELECT max(check_run_id) FROM ops.ops_quality_runs)"""
        ).fetchall()
    return Standing(fingerprint, _name(runs[0][0] + 1), dict(failing))


def record(settings: Settings, report: CheckReport, checked_at: datetime) -> None:
    """Write a run of the gate, in one transaction.

    Args:
        checked_at: when it began to look; a build that ended later was not checked by it.
    """
    failed = [len(report.failed("stop")), len(report.failed("flag"))]
    head = [report.check_run_id, report.run_id, report.logical_at, report.state_fingerprint]
    with open_built(settings, read_only=False) as warehouse:
        warehouse.begin()
        warehouse.execute("CREATE SCHEMA IF NOT EXISTS ops")
        for table, columns in TABLES.items():
            warehouse.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")
        _insert(
            warehouse,
            "ops.ops_quality_runs",
            [[*head, report.passed, len(report.results), *failed, checked_at]],
        )
        rows = [[*head, *_row(result)] for result in report.results]
        _insert(warehouse, "ops.ops_quality_results", rows)
        warehouse.commit()


def _last_build(warehouse: duckdb.DuckDBPyConnection) -> str:
    if not _exists(warehouse, "ops_builds"):
        raise GateClosedError("The gate is closed: nothing was built yet.", BUILD_FIRST)
    last = warehouse.execute(
        """SELECT success, state_fingerprint, run_id FROM ops.ops_builds
           ORDER BY build_id DESC LIMIT 1"""
    ).fetchone()
    if last is None:
        raise GateClosedError("The gate is closed: nothing was built yet.", BUILD_FIRST)
    success, fingerprint, run_id = last
    if not success:
        raise GateClosedError(f"The gate is closed: the build of {run_id} failed.", BUILD_FIRST)
    return str(fingerprint)


def _exists(warehouse: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = warehouse.execute(
        "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'ops' AND table_name = ?", [table]
    ).fetchone()
    return found is not None


def _row(result: CheckResult) -> list[object]:
    return [
        result.check_id,
        result.table,
        result.severity,
        result.success,
        result.unexpected_count,
        msgspec.json.encode(result.sample).decode(),
        result.cause,
        result.not_applicable,
        result.description,
        result.failing_since,
    ]


def _insert(
    warehouse: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]
) -> None:
    marks = ", ".join("?" for _ in rows[0])
    warehouse.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def _name(number: int) -> str:
    return f"check-{number:06d}"


@contextmanager
def open_built(settings: Settings, read_only: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse as the build left it; instants are told in UTC."""
    with duckdb.connect(
        str(settings.warehouse), read_only, {"threads": settings.threads}
    ) as warehouse:
        warehouse.execute("SET TimeZone = 'UTC'")
        yield warehouse
