"""Building the marts: one `dbt build` a run, and its record in the warehouse."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import msgspec

from ingestion.warehouse import open_warehouse
from runtime.clock import now
from runtime.errors import AttacheError
from runtime.progress import meter
from runtime.run import Run
from runtime.settings import PROJECT, Settings

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

DBT_PROJECT = PROJECT / "dbt_project"
SOURCE_SUFFIXES = {".sql", ".yml", ".csv"}
DONE = {"LogModelResult", "LogSeedResult"}


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
        models: digest of the dbt project's models, macros and seeds.
    """

    offsets: list[tuple[str, int, int, int]]
    models: str

    @classmethod
    def of(cls, warehouse: duckdb.DuckDBPyConnection) -> Inputs:
        offsets = warehouse.execute(
            "SELECT topic, partition, generation, next_offset FROM raw.offsets ORDER BY ALL"
        ).fetchall()
        return cls(offsets, _models_digest())

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
    started_at = now()
    result = _run_dbt(settings, run)
    outcomes = list(result.result or [])  # type: ignore[arg-type]
    finished_at = now()
    with open_warehouse(settings) as warehouse:
        unchanged = Inputs.of(warehouse) == inputs
        success = result.success and unchanged
        times = (started_at, finished_at)
        build_id = _record(warehouse, run, inputs, success, times)
    if not result.success:
        raise BuildFailedError(_failure(result, outcomes), _log_hint(settings))
    if not unchanged:
        raise BuildFailedError("Something was landed while the marts were built.", "Build again.")
    statuses = [str(outcome.status) for outcome in outcomes]
    return BuildReport(
        build_id=build_id,
        run_id=run.run_id,
        state_fingerprint=inputs.fingerprint,
        nodes={status: statuses.count(status) for status in sorted(set(statuses))},
        seconds=round((finished_at - started_at).total_seconds(), 3),
    )


def _models_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(DBT_PROJECT.rglob("*")):
        inner = path.relative_to(DBT_PROJECT)
        if path.suffix in SOURCE_SUFFIXES and inner.parts[0] not in {"target", "logs"}:
            digest.update(f"{inner}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _run_dbt(settings: Settings, run: Run) -> dbtRunnerResult:
    # dbt takes two seconds to import: only a build should pay for it
    from dbt.adapters.factory import reset_adapters
    from dbt.cli.main import dbtRunner
    from dbt_common.events.base_types import EventMsg

    variables = {"run_id": run.run_id, "logical_at": run.logical_at.isoformat()}
    folders = {
        "--project-dir": DBT_PROJECT,
        "--profiles-dir": DBT_PROJECT,
        "--target-path": settings.home / "dbt" / "target",
        "--log-path": settings.home / "logs" / "dbt",
    }
    # Tests of the code run in the test suite; what the data must satisfy is the gate's to check.
    arguments = ["--quiet", "build", "--exclude-resource-type", "unit_test", "test"]
    arguments += ["--vars", json.dumps(variables)]
    arguments += [part for flag, path in folders.items() for part in (flag, str(path))]
    with _environment(settings), meter("building", None) as progress:

        def on_event(event: EventMsg) -> None:
            if event.info.name in DONE:
                progress.advance(1)

        try:
            return dbtRunner(callbacks=[on_event]).invoke(arguments)
        finally:
            reset_adapters()  # type: ignore[no-untyped-call]
            _release_warehouse()


def _release_warehouse() -> None:
    """Close the file that dbt's adapter would hold until the process ends."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


@contextmanager
def _environment(settings: Settings) -> Iterator[None]:
    """What `profiles.yml` reads; put back afterwards."""
    wanted = {
        "ATTACHE_WAREHOUSE": str(settings.warehouse),
        "ATTACHE_THREADS": str(settings.threads),
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _record(
    warehouse: duckdb.DuckDBPyConnection,
    run: Run,
    inputs: Inputs,
    success: bool,
    times: tuple[datetime, datetime],
) -> int:
    offsets = msgspec.json.encode(inputs.offsets).decode()
    warehouse.execute(
        """CREATE TABLE IF NOT EXISTS ops.ops_builds (
            build_id BIGINT, run_id VARCHAR, logical_at TIMESTAMPTZ, state_fingerprint VARCHAR,
            offsets JSON, success BOOLEAN, started_at TIMESTAMPTZ, finished_at TIMESTAMPTZ)"""
    )
    row = warehouse.execute(
        """INSERT INTO ops.ops_builds
        SELECT coalesce(max(build_id), 0) + 1, ?, ?, ?, ?, ?, ?, ? FROM ops.ops_builds
        RETURNING build_id""",
        [run.run_id, run.logical_at, inputs.fingerprint, offsets, success, *times],
    ).fetchone()
    return int(row[0]) if row else 0


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
