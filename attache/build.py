"""Building the marts: one `dbt build` a run, and its record in the warehouse."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import msgspec

from attache.dbt_run import DBT_PROJECT, run_dbt
from ingestion.warehouse import open_warehouse
from runtime.clock import now
from runtime.errors import AttacheError
from runtime.run import Run
from runtime.settings import Settings

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

SOURCE_SUFFIXES = {".sql", ".yml", ".csv"}


class BuildReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one build did.

    Attributes:
        state_fingerprint: names what was built from what: offsets, models and seeds.
        nodes: how many models and seeds ended in each status.
    """

    build_id: int
    run_id: str
    state_fingerprint: str
    nodes: dict[str, int]
    seconds: float


class BuildFailedError(AttacheError):
    """dbt could not build the marts; readers still have the last published version."""


class Inputs(msgspec.Struct, frozen=True):
    """What a build is made from: the same inputs make the same state.

    Attributes:
        offsets: topic, partition, generation and next offset of all that was landed.
        redrives: how many dead letters were redriven since: they add rows below those offsets.
        models: digest of the dbt project's models, macros and seeds.
    """

    offsets: list[tuple[str, int, int, int]]
    redrives: int
    models: str

    @classmethod
    def of(cls, warehouse: duckdb.DuckDBPyConnection) -> Inputs:
        offsets = warehouse.execute(
            "SELECT topic, partition, generation, next_offset FROM raw.offsets ORDER BY ALL"
        ).fetchall()
        redrives = warehouse.execute("SELECT count(*) FROM raw.redrives").fetchone()
        return cls(offsets, redrives[0] if redrives else 0, _models_digest())

    @property
    def fingerprint(self) -> str:
        """A short name for them."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]


def build(settings: Settings, run: Run) -> BuildReport:
    """Build every model from what was landed, and write down what came of it.

    Raises:
        BuildFailedError: a model or a unit test failed; the message names them.
    """
    with open_warehouse(settings) as warehouse:
        inputs = Inputs.of(warehouse)
        build_id = _begin(warehouse, run, inputs)
    result = run_dbt(settings, run)
    outcomes = list(result.result or [])  # type: ignore[arg-type]
    with open_warehouse(settings) as warehouse:
        unchanged = Inputs.of(warehouse) == inputs
        seconds = _finish(warehouse, build_id, result.success and unchanged)
    if not result.success:
        raise BuildFailedError(_failure(result, outcomes), _log_hint(settings))
    if not unchanged:
        raise BuildFailedError(
            "Something was landed, or a model was edited, while the marts were built.",
            "Build again.",
        )
    statuses = [str(outcome.status) for outcome in outcomes]
    return BuildReport(
        build_id=build_id,
        run_id=run.run_id,
        state_fingerprint=inputs.fingerprint,
        nodes={status: statuses.count(status) for status in sorted(set(statuses))},
        seconds=seconds,
    )


def _models_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(DBT_PROJECT.rglob("*")):
        inner = path.relative_to(DBT_PROJECT)
        if path.suffix in SOURCE_SUFFIXES and inner.parts[0] not in {"target", "logs"}:
            digest.update(f"{inner}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _begin(warehouse: duckdb.DuckDBPyConnection, run: Run, inputs: Inputs) -> int:
    """Note that the marts are about to change. A build that is killed stays unsuccessful."""
    offsets = msgspec.json.encode(inputs.offsets).decode()
    warehouse.execute(
        """CREATE TABLE IF NOT EXISTS ops.ops_builds (
            build_id BIGINT, run_id VARCHAR, logical_at TIMESTAMPTZ, state_fingerprint VARCHAR,
            offsets JSON, success BOOLEAN, started_at TIMESTAMPTZ, finished_at TIMESTAMPTZ)"""
    )
    row = warehouse.execute(
        """INSERT INTO ops.ops_builds
        SELECT coalesce(max(build_id), 0) + 1, ?, ?, ?, ?, false, ?, NULL FROM ops.ops_builds
        RETURNING build_id""",
        [run.run_id, run.logical_at, inputs.fingerprint, offsets, now()],
    ).fetchone()
    return int(row[0]) if row else 0


def _finish(warehouse: duckdb.DuckDBPyConnection, build_id: int, success: bool) -> float:
    """Note what came of it. Returns how many seconds it took."""
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
