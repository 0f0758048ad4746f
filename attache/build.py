"""Building the marts: one `dbt build` a run, and its record in the warehouse."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import msgspec

from attache.build_plan import Inputs, Kind, Plan, plan_build
from attache.dbt_run import run_dbt
from attache.reading import read_as_asked, reading_meanwhile
from ingestion.erasure.renewal import renew
from ingestion.warehouse import open_warehouse
from runtime.clock import now
from runtime.errors import AttacheError
from runtime.progress import console
from runtime.run import Run
from runtime.settings import Settings

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult


class BuildReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one build did.

    Attributes:
        kind: how much of it was made anew; `unchanged` is nothing.
        state_fingerprint: names what was built from what: offsets, models and seeds.
        nodes: how many models and seeds ended in each status.
    """

    build_id: int
    run_id: str
    kind: Kind
    state_fingerprint: str
    nodes: dict[str, int]
    seconds: float


class BuildFailedError(AttacheError):
    """dbt could not build the marts; readers still have the last published version."""


def build(settings: Settings, run: Run, full_refresh: bool = False) -> BuildReport:
    """Build what changed since the last successful build, and write down what came of it.

    Args:
        full_refresh: everything from the raw events, whatever stands.

    Raises:
        BuildFailedError: a model failed; the message names it.
    """
    with open_warehouse(settings) as warehouse:
        _provision(warehouse)
        if not _has_new_erasures(warehouse):
            return _build(settings, warehouse, run, full_refresh)
    renew(settings)  # where actors were erased, the warehouse is a new file first
    with open_warehouse(settings) as warehouse:
        _provision(warehouse)
        return _build(settings, warehouse, run, full_refresh)


def _build(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection, run: Run, full_refresh: bool
) -> BuildReport:
    inputs = Inputs.of(warehouse)
    plan = plan_build(warehouse, inputs, full_refresh)
    if plan.kind == "unchanged":
        return _unchanged(run, inputs, plan)
    build_id = _begin(warehouse, run, inputs, plan)
    # dbt shares the open file: it is opened once, and written out once
    read_as_asked(settings.warehouse)
    with reading_meanwhile(warehouse) if plan.kind == "incremental" else nullcontext():
        result = run_dbt(settings, plan.is_full_refresh)
    outcomes = list(result.result or [])  # type: ignore[arg-type]
    unchanged = Inputs.of(warehouse) == inputs
    seconds = _finish(warehouse, build_id, result.success and unchanged)
    if not result.success:
        raise BuildFailedError(_failure(result, outcomes), _log_hint(settings))
    if not unchanged:
        raise BuildFailedError("A model was edited while the marts were built.", "Build again.")
    statuses = [str(outcome.status) for outcome in outcomes]
    return BuildReport(
        build_id=build_id,
        run_id=run.run_id,
        kind=plan.kind,
        state_fingerprint=inputs.fingerprint,
        nodes={status: statuses.count(status) for status in sorted(set(statuses))},
        seconds=seconds,
    )


def _has_new_erasures(warehouse: duckdb.DuckDBPyConnection) -> bool:
    """Whether actors were erased since the last successful build."""
    row = warehouse.execute(
        """SELECT coalesce(max(erasure_id), 0) > coalesce((
            SELECT last_erasure_id FROM ops.ops_builds
            WHERE success ORDER BY build_id DESC LIMIT 1), 0)
        FROM raw.erasures"""
    ).fetchone()
    return bool(row and row[0])


def _unchanged(run: Run, inputs: Inputs, plan: Plan) -> BuildReport:
    console.print("Nothing landed and no model changed since the last build: nothing to build.")
    return BuildReport(
        build_id=plan.build_id or 0,
        run_id=run.run_id,
        kind=plan.kind,
        state_fingerprint=inputs.fingerprint,
        nodes={},
        seconds=0.0,
    )


def _provision(warehouse: duckdb.DuckDBPyConnection) -> None:
    warehouse.execute(
        """CREATE TABLE IF NOT EXISTS ops.ops_builds (
            build_id BIGINT, run_id VARCHAR, logical_at TIMESTAMPTZ, state_fingerprint VARCHAR,
            offsets JSON, success BOOLEAN, started_at TIMESTAMPTZ, finished_at TIMESTAMPTZ)"""
    )
    added = {
        "kind": "VARCHAR",
        "models_digest": "VARCHAR",
        "last_batch_id": "BIGINT",
        "last_erasure_id": "BIGINT",
    }
    for column, kind in added.items():  # a warehouse of an earlier release has none of them
        warehouse.execute(f"ALTER TABLE ops.ops_builds ADD COLUMN IF NOT EXISTS {column} {kind}")
    # one row while a build runs: what `macros/incremental.sql` reads of its plan
    warehouse.execute(
        """CREATE OR REPLACE TABLE staging.build_plan (
            built_batch_id BIGINT, keeps_interactions BOOLEAN)"""
    )


def _begin(warehouse: duckdb.DuckDBPyConnection, run: Run, inputs: Inputs, plan: Plan) -> int:
    """Note that the marts are about to change. A build that is killed stays unsuccessful."""
    offsets = msgspec.json.encode(inputs.offsets).decode()
    warehouse.execute(
        "INSERT INTO staging.build_plan VALUES (?, ?)",
        [plan.built_batch_id, plan.keeps_interactions],
    )
    row = warehouse.execute(
        """INSERT INTO ops.ops_builds
        SELECT coalesce(max(build_id), 0) + 1, ?, ?, ?, ?, false, ?, NULL, ?, ?, ?, ?
        FROM ops.ops_builds RETURNING build_id""",
        [
            *(run.run_id, run.logical_at, inputs.fingerprint, offsets, now()),
            *(plan.kind, inputs.models, inputs.last_batch_id, inputs.erasures),
        ],
    ).fetchone()
    return int(row[0]) if row else 0


def _finish(warehouse: duckdb.DuckDBPyConnection, build_id: int, success: bool) -> float:
    """Note what came of it. Returns how many seconds it took."""
    warehouse.execute("DELETE FROM staging.build_plan")
    row = warehouse.execute(
        """UPDATE ops.ops_builds SET success = ?, finished_at = ? WHERE build_id = ?
        RETURNING date_diff('millisecond', started_at, finished_at) / 1000""",
        [success, now(), build_id],
    ).fetchone()
    return float(row[0]) if row else 0.0


def _failure(result: dbtRunnerResult, outcomes: list[object]) -> str:
    failed = [_line(o) for o in outcomes if str(getattr(o, "status", "")) in {"error", "fail"}]
    if not failed:
        return f"dbt could not build: {result.exception}"
    return "dbt could not build:\n" + "\n".join(f"  {line}" for line in failed)


def _line(outcome: object) -> str:
    node = getattr(outcome, "node", None)
    message = " ".join(str(getattr(outcome, "message", "")).split())
    return f"{getattr(node, 'name', '?')}: {message}"


def _log_hint(settings: Settings) -> str:
    log = Path(settings.home / "logs" / "dbt" / "dbt.log")
    return f"The log is {log}. Readers still have the last published version."
