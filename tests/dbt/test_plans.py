"""A full build reads interactions as they lie, and keeps in memory what is short beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from attache.build import build
from benchmarks.stored import Stored, store
from ingestion.warehouse import open_warehouse
from runtime.settings import Settings
from tests.pipeline import RUN


def test_no_join_of_a_full_build_keeps_the_interactions_to_look_for_others_in_them(
    tmp_path: Path,
) -> None:
    home = Settings(home=tmp_path)
    with open_warehouse(home) as warehouse:
        store(warehouse, Stored(20_000))
    assert build(home, RUN).kind == "full"
    (path,) = (home.home / "dbt" / "target" / "compiled").rglob("models/**/fct_interaction.sql")
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        row = warehouse.execute(f"EXPLAIN (FORMAT json) {path.read_text()}").fetchone()
    assert row
    joins = [node["extra_info"]["Join Type"] for node in _joins(json.loads(row[1]))]
    assert "LEFT" in joins
    # the side that is kept is the right one: here that of the interactions
    assert [kind for kind in joins if "RIGHT" in kind] == []


def _joins(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        if node["name"] == "HASH_JOIN":
            yield node
        yield from _joins(node["children"])
