"""A home for the gate: good as it is, and a hand to break it with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from ingestion.warehouse import open_warehouse
from runtime.settings import Settings
from tests.gate.warehouse import MARTS, OTHERS, RAW

Execute = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose warehouse and published manifest are as they should be."""
    settings = Settings(home=tmp_path_factory.mktemp("good"))
    with open_warehouse(settings) as warehouse:
        warehouse.execute(RAW + MARTS.replace("SIZE", "40") + OTHERS)
    settings.published.mkdir()
    rows = {"marts.dim_date": 40, "marts.fct_interaction": 40, "ops.ops_builds": 10**6}
    (settings.published / "manifest.json").write_text(json.dumps({"row_counts": rows}))
    return settings.home


@pytest.fixture
def settings(good: Path, tmp_path: Path) -> Settings:
    shutil.copytree(good, tmp_path / "home")
    return Settings(home=tmp_path / "home")


@pytest.fixture
def execute(settings: Settings) -> Execute:
    def run(sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(settings.warehouse)) as warehouse:
            return warehouse.execute(sql).fetchall()

    return run
