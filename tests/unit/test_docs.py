"""The words keep up with the code: generated pages, links, and every query that a page shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from attache.dictionary import described_models
from docs.generate import PAGES, render
from expectations.ledger import TABLES
from runtime.settings import PROJECT

PUBLISHED = ("marts", "reporting", "ops")
WRITTEN = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)#\s]+)[^)]*\)")
QUERY = re.compile(r'attache query "([^"]+)"')


def name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def queries() -> list[Any]:
    """Each query of each page."""
    return [
        pytest.param(match[1], id=f"{name(path)}-{number}")
        for path in WRITTEN
        for number, match in enumerate(QUERY.finditer(path.read_text()), start=1)
    ]


@pytest.fixture(scope="module")
def published() -> Iterator[duckdb.DuckDBPyConnection]:
    """A file with the published tables, empty: columns and types as the models' contracts say."""
    with duckdb.connect() as connection:
        for schema in PUBLISHED:
            connection.execute(f"CREATE SCHEMA {schema}")
            for model in described_models(schema):
                columns = ", ".join(f"{c['name']} {c['data_type']}" for c in model["columns"])
                connection.execute(f"CREATE TABLE {schema}.{model['name']} ({columns})")
        for table, columns in TABLES.items():
            connection.execute(f"CREATE TABLE {table} ({columns})")
        connection.execute(f"SET search_path = '{','.join(PUBLISHED)}'")
        yield connection


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_generated_page_is_what_the_code_says_now(path: Path) -> None:
    assert path.read_text() == render(path), "stale: run `make docs`"


@pytest.mark.parametrize("path", WRITTEN, ids=name)
def test_every_link_leads_somewhere(path: Path) -> None:
    targets = [path.parent / link for link in LINK.findall(path.read_text())]
    assert [target for target in targets if not target.exists()] == []


@pytest.mark.parametrize("sql", queries())
def test_every_query_that_a_page_shows_runs_on_the_published_tables(
    published: duckdb.DuckDBPyConnection, sql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # one of them writes a file
    published.execute(sql)
