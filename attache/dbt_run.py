"""Running dbt in this process, on the warehouse of a home."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from runtime.progress import meter
from runtime.settings import PROJECT, Settings

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

DBT_PROJECT = PROJECT / "dbt_project"
DONE = {"LogModelResult", "LogSeedResult"}


def run_dbt(
    settings: Settings,
    full_refresh: bool = False,
) -> dbtRunnerResult:
    """Build models and seeds, with progress on standard error.

    Args:
        full_refresh: incremental models from nothing.
    """
    # dbt takes two seconds to import: only a build should pay for it
    from dbt.adapters.factory import reset_adapters
    from dbt.cli.main import dbtRunner
    from dbt_common.events.base_types import EventMsg

    folders = {
        "--project-dir": DBT_PROJECT,
        "--profiles-dir": DBT_PROJECT,
        "--target-path": settings.home / "dbt" / "target",
        "--log-path": settings.home / "logs" / "dbt",
    }
    # Tests of the code run in the test suite; what the data must satisfy is the gate's to check.
    arguments = ["--quiet", "build", "--exclude-resource-type", "unit_test", "test"]
    arguments += ["--full-refresh"] if full_refresh else []
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
