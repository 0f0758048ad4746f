"""One home for all tests of the models: the golden days landed, then built with every dbt test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from runtime.settings import PROJECT, Settings
from tests.dbt.golden import first_events, late_events
from tests.dbt.golden_reports import report_events
from tests.landed import land_events
from tests.pipeline import RUN

DBT = Path(sys.executable).with_name("dbt")
DBT_PROJECT = PROJECT / "dbt_project"


@dataclass(frozen=True)
class Built:
    """What `dbt build`, tests and all, left behind."""

    settings: Settings
    exit_code: int
    output: str

    @property
    def target(self) -> Path:
        return self.settings.home / "dbt"

    def artifact(self, name: str) -> Any:
        return json.loads((self.target / name).read_bytes())

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Rows of the warehouse, by column."""
        with duckdb.connect(str(self.settings.warehouse), read_only=True) as warehouse:
            cursor = warehouse.execute(sql)
            names = [column[0] for column in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    settings = Settings(home=tmp_path_factory.mktemp("dbt"))
    for events in (first_events(), late_events()):
        landed = land_events(settings, RUN, events)
        assert (landed.rows, landed.dead_letters) == (len(events), {})
    return build_project(settings)


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The small quarter of `golden_reports`, built without a broker."""
    settings = Settings(home=tmp_path_factory.mktemp("reports"))
    events = report_events()
    assert land_events(settings, RUN, events).rows == len(events)
    built = build_project(settings, "--exclude-resource-type", "unit_test")
    assert built.exit_code == 0, built.output
    assert "WARN=0" in built.output
    return built


def build_project(settings: Settings, *arguments: str) -> Built:
    """`dbt build` as a person types it, on the warehouse of a home."""
    result = subprocess.run(
        [
            *(str(DBT), "--no-use-colors", "build", *arguments),
            *("--profiles-dir", str(DBT_PROJECT)),
            *("--target-path", settings.home / "dbt", "--log-path", settings.home / "logs"),
        ],
        cwd=DBT_PROJECT,
        env={**os.environ, "ATTACHE_WAREHOUSE": str(settings.warehouse)},
        capture_output=True,
        text=True,
        check=False,
    )
    return Built(settings, result.returncode, result.stdout)
