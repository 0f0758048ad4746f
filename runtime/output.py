"""What a command prints: a document on standard output, or a table that a person reads."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

# What is printed is said by data: brackets, colons and long paths in it stand as they are.
out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)

_TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def print_json(document: object) -> None:
    """One JSON document on standard output; instants in ISO 8601, unknown as null."""
    typer.echo(msgspec.json.encode(document, enc_hook=_plain).decode())


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table; numbers to the right, with thousands apart."""
    listed = [list(row) for row in rows]
    table = Table(title=title or None, title_justify="left")
    for position, column in enumerate(columns):
        numeric = bool(listed) and all(_is_number(row[position]) for row in listed)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in listed:
        table.add_row(*(_cell(value) for value in row))
    out.print(table, soft_wrap=False)


def printable(text: str) -> str:
    """Text of others without what a terminal would obey, which is spelt out; joiners stay."""
    return "".join(ascii(c)[1:-1] if _steers(c) else c for c in text)


def _steers(letter: str) -> bool:
    if letter == "\n":
        return False
    # also what turns the direction of writing, so that a line reads as another than it is
    return unicodedata.category(letter) == "Cc" or unicodedata.bidirectional(letter) in _TURNS


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float | Decimal) and value is not True)


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float() | Decimal():
            return f"{value:,.4f}".rstrip("0").rstrip(".")
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case date():
            return value.isoformat()
        case list():
            return printable(", ".join(str(part) for part in value))
        case _:
            return printable(str(value))


def _plain(value: object) -> object:
    """Types that msgspec leaves to us: what DuckDB gives for intervals, UUIDs and the like."""
    return str(value)
