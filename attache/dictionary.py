"""The dictionary: what each published table and column means, from the files beside the models.

The page `docs/reference/dictionary.md` and the command `attache dictionary` are both made from it.
A unit is declared in `config.meta.unit` or said by the name, whose last part is its unit.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec
import yaml

from attache.dbt_run import DBT_PROJECT
from expectations.suites.measures import CLASSED_MEASURES, MEASURES
from runtime.errors import WrongUseError

MODELS = DBT_PROJECT / "models"
PUBLISHED = ("marts", "reporting", "ops")
QUESTIONS_FILE = Path(__file__).with_name("questions.toml")

UNITS = (
    (r"(is|has)_\w+", "yes or no"),
    (r"\w+_per_1k_(\w+)", "for each thousand {0}"),
    (r"\w+_per_(\w+)", "for each {0}"),
    (r"\w*_count(_\w+)?", "count"),
    (r"\w+_share(_low|_high)?", "share, 0 to 1"),
    (r"\w+_seconds", "seconds"),
    (r"\w+_hours", "hours"),
    (r"(\w+_)?days", "days"),
    (r"\w+_rank", "rank, 1 is first"),
    (r"(\w+_)?gini", "0 (all alike) to 1 (one has all)"),
    (r"\w+_at", "instant"),
    (r"\w*date(_\w+)?", "day in the account's zone"),
    (r"\w+_(id|key|hash|slice)", "identifier"),
    (r"\w+_offset|partition|generation", "number in Kafka"),
    (r"(\w+_)?chance", "probability, 0 to 1"),
    (r"calendar_year", "year"),
    (r"(calendar_)?month", "month"),
    (r"iso_weekday", "1 Monday to 7 Sunday"),
)
"""A pattern of the whole name, and what its values are measured in; the first that fits."""
TEXT_UNITS = {"varchar": "text", "varchar[]": "list of texts", "boolean": "yes or no"}
COUNTED = {*MEASURES, *CLASSED_MEASURES}


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column.

    Attributes:
        unit: what its values are measured in; empty where nobody has said it.
        formula: how it is computed from others; None where it is no computation.
        nulls: when it is null.
    """

    name: str
    data_type: str
    meaning: str
    unit: str
    formula: str | None
    nulls: str


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One published table.

    Attributes:
        grain: what one row is.
        questions: numbers of the questions that it answers.
    """

    schema: str
    name: str
    meaning: str
    grain: str
    questions: list[int]
    columns: list[Column]


def read_questions() -> dict[int, str]:
    """The fifteen questions, by number."""
    document = tomllib.loads(QUESTIONS_FILE.read_text())
    return {int(number): text for number, text in document["questions"].items()}


def read_dictionary() -> list[Table]:
    """Every published table, in the order of the schemas, and the metrics of the semantic layer."""
    tables = [_table(schema, model) for schema in PUBLISHED for model in described_models(schema)]
    return [*tables, _metrics()]


def described_models(schema: str) -> Iterator[dict[str, Any]]:
    """The models of a folder as its yml files describe them."""
    for path in sorted((MODELS / schema).rglob("*.yml"), key=lambda p: (p.name[0] != "_", p.name)):
        document = yaml.safe_load(path.read_text())
        yield from document.get("models", [])


def look_up(name: str) -> list[Table]:
    """The tables of a name, or those that have a column of it, with that column alone.

    Args:
        name: `rpt_mode`, `action_count` or `rpt_mode.mode`.

    Raises:
        WrongUseError: there is no such table or column; the message names what is near.
    """
    tables = read_dictionary()
    table_name, _, column_name = name.rpartition(".")
    if not table_name:
        whole = [table for table in tables if table.name == name]
        if whole:
            return whole
    found = [
        msgspec.structs.replace(table, columns=[column])
        for table in tables
        if table_name in ("", table.name)
        for column in table.columns
        if column.name == column_name
    ]
    if not found:
        raise WrongUseError(f"Nothing published is called {name}.", _hint(name, tables))
    return found


def _hint(name: str, tables: list[Table]) -> str:
    names = {table.name for table in tables} | {c.name for table in tables for c in table.columns}
    near = get_close_matches(name.rpartition(".")[2], sorted(names), n=3)
    if near:
        return f"Near it: {', '.join(near)}. `attache dictionary` lists every table."
    return "`attache dictionary` lists every table."


def _table(schema: str, model: dict[str, Any]) -> Table:
    sql = next((MODELS / schema).rglob(f"{model['name']}.sql"))
    grain = sql.read_text().splitlines()[0].removeprefix("-- Grain: ")
    key = {
        column
        for test in model.get("data_tests", [])
        if isinstance(test, dict) and "unique_grain" in test
        for column in test["unique_grain"]["arguments"]["columns"]
    }
    return Table(
        schema=schema,
        name=model["name"],
        meaning=" ".join(model["description"].split()),
        grain=grain,
        questions=_meta(model).get("questions", []),
        columns=[_column(column, key) for column in model["columns"]],
    )


def _metrics() -> Table:
    """The semantic layer as a table of its metrics: `mf query --metrics NAME`."""
    columns: list[Column] = []
    for path in sorted((MODELS / "semantic").glob("*.yml")):
        document = yaml.safe_load(path.read_text())
        for model in document.get("semantic_models", []):
            mart = model["model"].removeprefix("ref('").removesuffix("')")
            columns += [_measure(mart, measure) for measure in model.get("measures", [])]
        columns += [_metric(metric) for metric in document.get("metrics", [])]
    return Table(
        schema="semantic",
        name="metrics",
        meaning="Metrics of the semantic layer, by account and by time: `mf query --metrics NAME`.",
        grain="one row per group that a query asks for.",
        questions=[],
        columns=columns,
    )


def _measure(mart: str, measure: dict[str, Any]) -> Column:
    of = measure.get("expr", measure["name"])
    return _as_column(measure, f"{measure['agg']}({of}) of {mart}")


def _metric(metric: dict[str, Any]) -> Column:
    made = metric["type_params"]
    formula = made.get("expr") or f"{made['numerator']} / {made['denominator']}"
    return _as_column(metric, formula)


def _as_column(said: dict[str, Any], formula: str) -> Column:
    return Column(
        name=said["name"],
        data_type="metric",
        meaning=said["description"],
        unit=unit_of(said["name"], "double") or _meta(said).get("unit", ""),
        formula=formula,
        nulls="nothing of the group is known",
    )


def _column(column: dict[str, Any], key: set[str]) -> Column:
    meta = _meta(column)
    name = column["name"]
    never = name in key | COUNTED or "not_null" in column.get("data_tests", [])
    return Column(
        name=name,
        data_type=column["data_type"],
        meaning=" ".join(column["description"].split()),
        unit=meta.get("unit") or unit_of(name, column["data_type"]),
        formula=meta.get("formula"),
        nulls=meta.get("nulls") or ("never" if never else "unknown"),
    )


def unit_of(name: str, data_type: str) -> str:
    """What the name and the type say of the unit; empty where they say nothing."""
    for pattern, unit in UNITS:
        match = re.fullmatch(pattern, name)
        if match:
            return unit.format(*(part.replace("_", " ") for part in match.groups() if part))
    return TEXT_UNITS.get(data_type, "")


def _meta(node: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = node.get("config", {}).get("meta", {})
    return found
