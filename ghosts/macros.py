"""The macros of the dbt project as SQL text, without dbt: what is meant is written once, there."""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2

from runtime.settings import PROJECT

FOLDER = PROJECT / "dbt_project" / "macros"
FILES = ("ghosts.sql", "ghost_shares.sql", "dates.sql", "lists.sql")


def render(macro: str, *arguments: object, **named: object) -> str:
    """SQL that a macro of the ghost guard expands to.

    Args:
        macro: its name, `ghost_score` say.
        arguments, named: what it takes; those that would read a seed must be given its rows.
    """
    return str(getattr(_module(), macro)(*arguments, **named)).strip()


@cache
def _module() -> Any:
    text = "\n".join((FOLDER / name).read_text() for name in FILES if (FOLDER / name).exists())
    # SQL, not HTML: nothing in it may be escaped
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)  # noqa: S701
    environment.globals.update({"adapter": _DuckDB, "return": lambda said: said})
    return environment.from_string(text).module


class _DuckDB:
    """Stands in for dbt's adapter: a dispatched macro is what it is for DuckDB."""

    @staticmethod
    def dispatch(name: str, package: str) -> Any:
        return getattr(_module(), f"default__{name}")
