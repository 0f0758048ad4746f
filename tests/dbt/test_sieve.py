"""What an incremental build seeks among very many rows is found by a sieve, within the scan."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from attache.reading import LOOKED_THROUGH
from runtime.settings import Settings
from tests.dbt.golden import first_events
from tests.histories import land_and_build

SLICES = ("sifted_45", "sifted_26", "sifted_7", "sifted_36", "sifted_17")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two landings, and a build after each."""
    home = Settings(home=tmp_path_factory.mktemp("home"))
    *earlier, latest = first_events()
    land_and_build(home, earlier)
    assert land_and_build(home, [latest]).kind == "incremental"
    return home


def test_no_row_is_read_whole_before_the_sieve_is_asked(home: Settings) -> None:
    sifting = {
        path.stem: sql
        for path in (home.home / "dbt" / "target" / "compiled").rglob("models/**/*.sql")
        if "sifted_" in (sql := path.read_text())
    }
    assert sifting.keys() >= {"int_interaction_changes", "int_sayings", "fct_reply", "fct_answer"}
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        for name in SLICES:
            warehouse.execute(f"SET VARIABLE {name} = bitstring('1', 524288)")
        late = {name: list(_late_sieves(warehouse, sql)) for name, sql in sifting.items()}
    assert {name: found for name, found in late.items() if found} == {}


def test_a_row_that_is_not_sought_is_passed_over_and_one_that_is_comes_out(home: Settings) -> None:
    compiled = home.home / "dbt" / "target" / "compiled"
    (path,) = compiled.rglob("models/**/fct_answer.sql")
    begins, ends = "case", "end"
    sql = path.read_text()
    sieve = sql[sql.index(begins) : sql.index(ends, sql.index(begins)) + len(ends)]
    assert "get_bit" in sieve
    with duckdb.connect() as database:
        database.execute(
            "CREATE TABLE rows AS SELECT hash(i) AS answer_hash FROM range(9999) AS numbers(i)"
        )
        for name in SLICES:
            shift = name.removeprefix("sifted_")
            database.execute(
                f"""SET VARIABLE {name} = (SELECT bitstring_agg(
                cast((answer_hash >> {shift}) & 524287 AS INTEGER), 0, 524287)
                FROM (SELECT answer_hash FROM rows LIMIT 10))"""
            )
        sought = {row[0] for row in database.execute("FROM rows LIMIT 10").fetchall()}
        found = {row[0] for row in database.execute(f"FROM rows WHERE {sieve}").fetchall()}
    assert sought <= found
    assert len(found) < 20


def test_a_scan_is_given_a_filter_of_the_few_values_that_are_sought(home: Settings) -> None:
    compiled = home.home / "dbt" / "target" / "compiled"
    (path,) = compiled.rglob("models/**/fct_post.sql")
    sought = re.search(r"post_key in \(\s*select sought(.|\s)+?> 0\s*\)", path.read_text())
    assert sought
    condition = re.sub(r'from "\S+"', "from few", sought[0])
    with duckdb.connect() as database:
        database.execute(
            """CREATE TABLE many AS SELECT 'post ' || i AS post_key, i FROM range(99_999) AS n(i);
            CREATE TABLE few AS SELECT post_key FROM many WHERE i % 1000 = 7"""
        )
        row = database.execute(
            f"EXPLAIN (ANALYZE, FORMAT json) SELECT sum(i) FROM many WHERE {condition}"
        ).fetchone()
        assert row
        (many,) = (
            node
            for node in _nodes([json.loads(row[1])])
            if node.get("extra_info", {}).get("Table", "").endswith("many")
        )
    assert "BF" in str(many["extra_info"]["Dynamic Filters"])
    assert 100 <= many["operator_cardinality"] < 5_000


def test_what_is_read_while_dbt_starts_is_there_to_be_read(home: Settings) -> None:
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        for table, columns in LOOKED_THROUGH.items():
            described = warehouse.execute(f"FROM {table} LIMIT 0").description
            assert set(columns) <= {column[0] for column in described}


def _late_sieves(warehouse: duckdb.DuckDBPyConnection, sql: str) -> Iterator[str]:
    """Sieves that the plan of a query asks of rows that were read already."""
    row = warehouse.execute(f"EXPLAIN (FORMAT json) {sql}").fetchone()
    assert row
    for node in _nodes(json.loads(row[1])):
        if node["name"] == "FILTER" and "get_bit" in (told := str(node["extra_info"])):
            yield told[:80]


def _nodes(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        yield node
        yield from _nodes(node["children"])
