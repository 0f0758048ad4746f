"""The guard's world, built once: what every test of the guard's models asks."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from attache.dbt_run import run_dbt
from ingestion.warehouse import open_warehouse
from runtime.settings import Settings
from tests.dbt.conftest import DBT, DBT_PROJECT
from tests.dbt.guard.world import fill

Ask = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home whose warehouse has the guard's world, landed and built."""
    settings = Settings(home=tmp_path_factory.mktemp("guard"))
    with open_warehouse(settings) as warehouse:
        fill(warehouse)
    result = run_dbt(settings)
    assert result.success, [str(r.message) for r in result.result if r.status == "error"]  # type: ignore[union-attr]
    return settings


@pytest.fixture
def ask(world: Settings) -> Ask:
    """Rows of the built world."""
    return lambda sql: rows_of(world.warehouse, sql)


def rows_of(warehouse: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def build_only(settings: Settings, select: str, *more: str) -> None:
    """Build some models of a home, with their seeds, without any test."""
    command = [
        *(str(DBT), "--no-use-colors", "build", "--profiles-dir", str(DBT_PROJECT)),
        *("--select", select, "--exclude-resource-type", "test", "unit_test"),
        *("--target-path", str(settings.home / "dbt"), "--log-path", str(settings.home / "logs")),
        *more,
    ]
    environment = {**os.environ, "ATTACHE_WAREHOUSE": str(settings.warehouse)}
    done = subprocess.run(
        command, cwd=DBT_PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
