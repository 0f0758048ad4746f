"""The project compiles for a second dialect, Spark's, and each model is SQL that Spark reads.

dbt compiles every model with its Spark adapter, so what is dispatched is written as for Spark.
sqlglot then reads each as Spark's SQL and writes it again: a function that comes out by another
name, or one that it doesn't know, is not Spark's. Nothing runs on Spark here.
"""

from __future__ import annotations

import contextlib
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import TokenType, exp

from tests.dbt.conftest import DBT_PROJECT

# Spark's own, which sqlglot doesn't know, or writes by another name that Spark has as well.
SPARK_TOO = {
    *("ARRAY_AGG", "ARRAY_COMPACT", "PERCENTILE", "POSITION", "POW", "SUBSTR", "TIMESTAMP_SECONDS"),
    *("UNIX_MICROS", "UNIX_SECONDS", "VAR_SAMP", "WEEKDAY", "XXHASH64"),
}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Each model's SQL for Spark, by name; the two seeds that macros read are given as they are."""
    from dbt.adapters.factory import reset_adapters
    from dbt.cli.main import dbtRunner

    folder = tmp_path_factory.mktemp("spark")
    output = "{type: spark, method: session, schema: staging, host: none, threads: 2}"
    (folder / "profiles.yml").write_text(
        f"attache: {{target: spark, outputs: {{spark: {output}}}}}"
    )
    with pytest.MonkeyPatch.context() as patch:
        # no driver is needed: nothing is asked of Spark
        patch.setitem(sys.modules, "pyspark", ModuleType("pyspark"))
        from dbt.adapters.spark.impl import SparkAdapter

        patch.setattr(SparkAdapter, "get_relation", lambda *_, **__: None)
        patch.setattr(SparkAdapter, "connection_named", lambda *_, **__: contextlib.nullcontext())
        patch.setattr(SparkAdapter, "execute", _execute)
        arguments = ["--quiet", "compile", "--full-refresh", "--no-populate-cache"]
        arguments += ["--no-introspect", "--project-dir", str(DBT_PROJECT)]
        arguments += ["--profiles-dir", str(folder), "--target-path", str(folder / "target")]
        arguments += ["--log-path", str(folder / "logs")]
        reset_adapters()  # type: ignore[no-untyped-call]
        try:
            result = dbtRunner().invoke(arguments)
        finally:
            reset_adapters()  # type: ignore[no-untyped-call]
    assert result.success, result.exception
    paths = (folder / "target" / "compiled").rglob("models/**/*.sql")
    return {path.stem: path.read_text() for path in paths if path.parent.suffix != ".yml"}


def _execute(_: object, sql: str, *__: object, **___: object) -> tuple[Any, Any]:
    """What the seeds of the scorecard say, from their files."""
    from dbt.adapters.contracts.connection import AdapterResponse
    from dbt_common.clients.agate_helper import table_from_data

    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA staging")
        for path in Path(DBT_PROJECT / "seeds").glob("ghost_*.csv"):
            connection.execute(
                f"""CREATE VIEW staging.{path.stem} AS
                FROM read_csv('{path}', all_varchar = true, header = true)"""
            )
        cursor = connection.execute(sql.partition("*/")[2] or sql)
        names = [column[0] for column in cursor.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return AdapterResponse("OK"), table_from_data(rows, names)


def test_every_model_is_spark_s_sql(compiled: dict[str, str]) -> None:
    foreign = {name: found for name, sql in compiled.items() if (found := _foreign(sql))}
    models = {path.stem for path in (DBT_PROJECT / "models").rglob("*.sql")}
    assert set(compiled) == models
    assert foreign == {}


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select arg_max(a, b) from t", {"ARG_MAX"}),
        ("select list_filter(a, x -> x > 1) from t", {"LIST_FILTER"}),
        ("select 7 // 2", {"no SQL of Spark's"}),
        ("select a from t qualify row_number() over (order by a) = 1", {"QUALIFY"}),
        ("select ['a', 'b'] as list", {"[list]"}),
        ("select * from a asof left join b on a.x = b.x and a.t >= b.t", {"ASOF"}),
        ("select max_by(a, b) filter (where a > 1), count(*) from t group by all", set()),
    ],
)
def test_what_is_not_spark_s_would_be_found(sql: str, found: set[str]) -> None:
    assert _foreign(sql) == found


def _foreign(sql: str) -> set[str]:
    """What in a statement is not Spark's."""
    try:
        tree = sqlglot.parse_one(sql, read="spark")
    except sqlglot.errors.SqlglotError:
        return {"no SQL of Spark's"}
    unknown = {call.name.upper() for call in tree.find_all(exp.Anonymous)}
    found = (unknown | (_calls(sql) - _calls(tree.sql("spark")))) - SPARK_TOO
    if tree.find(exp.Qualify):
        found.add("QUALIFY")
    if any(join.method == "ASOF" for join in tree.find_all(exp.Join)):
        found.add("ASOF")
    if "[" in sql and any(t.token_type == TokenType.L_BRACKET for t in _tokens(sql)):
        found.add("[list]")
    return found


def _calls(sql: str) -> set[str]:
    """Names that a bracket follows, words of the language among them."""
    tokens = _tokens(sql)
    return {
        token.text.upper()
        for token, after in pairwise(tokens)
        if after.token_type == TokenType.L_PAREN and token.text.isidentifier()
    }


def _tokens(sql: str) -> list[Any]:
    return list(sqlglot.Dialect.get_or_raise("spark").tokenize(sql))
