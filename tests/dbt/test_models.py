"""The dbt project as a whole: it builds without a warning, and keeps its own rules."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from tests.dbt.conftest import DBT_PROJECT, Built

Node = dict[str, Any]

BELOW = {
    "staging": {"source", "seed"},
    "intermediate": {"seed", "staging", "intermediate"},
    "marts": {"seed", "staging", "intermediate", "marts"},
    "reporting": {"marts", "reporting", "ops"},
    "ops": {"source"},
}
# Marts that a build changes row by row, and what is made from them: a copy would cost as much.
LEDGERS = {
    (child, "fct_interaction")
    for child in (
        "int_classed_actors",
        "int_daily_peaks",
        "int_engagement_changes",
        "int_follows",
        "int_sayings",
        "int_targets",
    )
}
LEDGERS |= {("int_sayings", "dim_post"), ("int_touched_comments", "fct_answer")}
LEDGERS |= {("int_ghost_gatherings", "fct_post_engagement_daily")}
# A report of so many rows that it is made anew only where its posts are.
LEDGERS |= {("rpt_reconciliation", "int_touched_publication_days")}
# Who let a day pass at the gate stands beside its figure.
LEDGERS |= {
    (child, "ops_override") for child in ("fct_engagement_daily", "int_touched_engagement_days")
}
PUBLISHED = ("marts", "reporting", "ops")
CLOCK = re.compile(
    r"\bnow\s*\(|\btoday\s*\(|\bget_current_|\bcurrent_(date|time|timestamp|localtime)"
    r"|\blocaltime(stamp)?\b|\btransaction_timestamp\b|\brun_started_at\b|\bmodules\.datetime\b"
    r"|\bcurrent_timestamp|\brandom\s*\(|\bage\s*\(",
    re.IGNORECASE,
)


def test_it_builds_and_all_its_tests_pass_without_a_warning(built: Built) -> None:
    results = built.artifact("run_results.json")["results"]
    bad = [(r["unique_id"], r["message"]) for r in results if r["status"] not in OK]
    assert bad == [], built.output
    assert built.exit_code == 0, built.output
    assert "WARN=0" in built.output
    assert "[WARNING]" not in built.output
    kinds = Counter(result["unique_id"].split(".")[0] for result in results)
    assert kinds["model"] == len([node for node in models(built) if is_built(node)])
    assert min(kinds["test"], kinds["unit_test"], kinds["seed"]) > 0


OK = ("success", "pass")


def test_every_data_test_warns_since_the_gate_decides(built: Built) -> None:
    nodes = built.artifact("manifest.json")["nodes"].values()
    severities = {n["config"]["severity"] for n in nodes if n["resource_type"] == "test"}
    assert severities == {"warn"}


def test_every_model_says_first_what_a_row_is(built: Built) -> None:
    first_lines = {
        node["name"]: (DBT_PROJECT / node["original_file_path"]).read_text().splitlines()[0]
        for node in models(built)
    }
    assert first_lines
    assert [
        n for n, line in first_lines.items() if not line.startswith("-- Grain: one row per ")
    ] == []


def test_what_is_published_is_described_and_its_contract_enforced(built: Built) -> None:
    published = [node for node in models(built) if layer(node) in PUBLISHED]
    assert {layer(node) for node in published} == set(PUBLISHED)
    assert [n["name"] for n in published if not n["config"]["contract"]["enforced"]] == []
    assert [n["name"] for n in published if not n["description"]] == []
    undescribed = [
        f"{node['name']}.{column['name']}"
        for node in published
        for column in node["columns"].values()
        if not column["description"]
    ]
    assert undescribed == []


def test_the_described_columns_are_those_that_readers_get(built: Built) -> None:
    for node in models(built):
        if layer(node) in PUBLISHED:
            described = {c["name"]: c["data_type"] for c in node["columns"].values()}
            table = built.rows(f"DESCRIBE {node['schema']}.{node['name']}")
            assert {c["column_name"]: c["column_type"].lower() for c in table} == described


def test_no_model_has_a_choice_as_the_number_that_a_raw_table_stores(built: Built) -> None:
    stored = "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE data_type "
    found = built.rows(f"{stored} LIKE 'ENUM(%'")
    assert {column["schema_name"] for column in found} == {"raw"}


def test_a_model_is_in_the_schema_of_its_folder(built: Built) -> None:
    assert {(layer(node), node["schema"]) for node in models(built)} == {
        (name, name) for name in BELOW
    }
    prefixes = {
        "staging": ("stg_",),
        "intermediate": ("int_",),
        "marts": ("fct_", "dim_"),
        "reporting": ("rpt_",),
        "ops": ("ops_",),
    }
    assert [n["name"] for n in models(built) if not n["name"].startswith(prefixes[layer(n)])] == []


def test_the_layers_point_one_way(built: Built) -> None:
    manifest = built.artifact("manifest.json")
    everything = manifest["nodes"] | manifest["sources"]
    wrong = [
        f"{node['name']} reads {everything[parent]['name']}"
        for node in models(built)
        for parent in node["depends_on"]["nodes"]
        if layer(everything[parent]) not in BELOW[layer(node)]
        and (node["name"], everything[parent]["name"]) not in LEDGERS
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "sql", ["select now()", "x > CURRENT_DATE", "{{ run_started_at }}", "today () - 1"]
)
def test_reading_the_clock_would_be_noticed(sql: str) -> None:
    assert CLOCK.search(sql)


def test_no_model_reads_the_clock_or_throws_dice() -> None:
    files = [*DBT_PROJECT.glob("models/**/*.sql"), *DBT_PROJECT.glob("macros/**/*.sql")]
    found = {str(path): CLOCK.findall(without_comments(path.read_text())) for path in files}
    assert found
    assert {path: uses for path, uses in found.items() if uses} == {}


def without_comments(sql: str) -> str:
    return re.sub(r"\{#.*?#\}|--[^\n]*", "", sql, flags=re.DOTALL)


def models(built: Built) -> list[Node]:
    nodes = built.artifact("manifest.json")["nodes"].values()
    return [node for node in nodes if node["resource_type"] == "model"]


def is_built(node: Node) -> bool:
    """Whether a model is a table or a view: an ephemeral one is a part of those that read it."""
    return bool(node["config"]["materialized"] != "ephemeral")


def layer(node: Node) -> str:
    """The folder of a model; `seed` and `source` for what is below all models."""
    if node["resource_type"] == "model":
        return str(node["fqn"][1])
    return str(node["resource_type"])
