"""The grain of what is published, as the dbt project declares it beside each model.

A column that is tested as `unique`, or the test `unique_grain`, says which row a row is; `not_null`
says which of its columns are always there.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from runtime.settings import PROJECT

MODELS = PROJECT / "dbt_project" / "models"
PUBLISHED = ("marts", "reporting")


class Grain(NamedTuple):
    """What tells a table's rows apart.

    Attributes:
        schema: of the table.
        key: columns that no two rows share.
        whole: those of them that are never null.
    """

    schema: str
    key: tuple[str, ...]
    whole: tuple[str, ...]


@cache
def declared_grains() -> dict[str, Grain]:
    """The grain of each published table, by its name; a table that declares none is not in it."""
    return {
        model["name"]: grain
        for schema in PUBLISHED
        for path in sorted((MODELS / schema).rglob("*.yml"))
        for model in _models(path)
        if (grain := _grain(schema, model)).key
    }


def _models(path: Path) -> list[dict[str, Any]]:
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    return document.get("models") or []


def _grain(schema: str, model: dict[str, Any]) -> Grain:
    columns = {column["name"]: list(_tests(column)) for column in model.get("columns", [])}
    single = [name for name, tests in columns.items() if "unique" in tests]
    declared = [
        test["unique_grain"]["arguments"]["columns"]
        for test in model.get("data_tests", [])
        if "unique_grain" in test
    ]
    key = tuple(declared[0] if declared else single[:1])
    return Grain(schema, key, tuple(c for c in key if "not_null" in columns.get(c, [])))


def _tests(column: dict[str, Any]) -> Iterator[str]:
    for test in column.get("data_tests", []):
        yield test if isinstance(test, str) else next(iter(test))
