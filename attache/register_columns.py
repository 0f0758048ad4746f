"""What the columns of a register may say. Bounds of ids and tags are the contract's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from difflib import get_close_matches
from typing import Any, NamedTuple, get_args

import duckdb
import msgspec

from ingestion.contracts.fields import Id, Language, Name, Platform

COLUMNS = (
    *("platform", "account_id", "mission", "country_code", "city", "time_zone", "peer_group"),
    *("role", "language", "opened", "registered", "valid_from"),
)
REQUIRED = ("platform", "account_id", "mission")
ROLES = ("own", "peer")


class Fault(NamedTuple):
    """What is wrong, and what to write instead."""

    wrong: str
    instead: str


class Checks:
    """The rules of all columns."""

    def __init__(self, zones: list[str], day: date) -> None:
        """What to check with.

        Args:
            zones: names that the database knows, since it is what computes days.
            day: of the import; a register says what is so by then.
        """
        self._zones = dict.fromkeys(zones)
        self._day = day
        self._rules: dict[str, Callable[[str], Fault | None]] = {
            "platform": _of(Platform, "Write it in small letters: weibo, x, mastodon"),
            "account_id": _of(Id, "Write the platform's id, without spaces"),
            "mission": _of(Name, "Shorten it to 1,024 characters"),
            "city": _of(Name, "Shorten it to 1,024 characters"),
            "peer_group": _of(Name, "Shorten it to 1,024 characters"),
            "language": _of(Language, "Write a BCP 47 tag: zh, fr-CA"),
            "country_code": _country,
            "time_zone": self._zone,
            "role": _role,
            "opened": _date,
            "registered": _date,
            "valid_from": self._past,
        }

    @classmethod
    def load(cls, day: date) -> Checks:
        with duckdb.connect() as connection:
            zones = connection.execute("SELECT name FROM pg_timezone_names()").fetchall()
        return cls([name for (name,) in zones], day)

    def fault(self, column: str, value: str) -> Fault | None:
        """What is wrong with a value; None where nothing is. Empty is unknown."""
        if value:
            return self._rules[column](value)
        if column in REQUIRED:
            return Fault("it is missing", f"Write the {column} of the account")
        return None

    def _zone(self, value: str) -> Fault | None:
        if value in self._zones:
            return None
        near = get_close_matches(value, list(self._zones), n=1)
        instead = near[0] if near else "a name such as Asia/Shanghai, or nothing for the platform's"
        return Fault(f"no time zone is called {value!r}", f"Write {instead}")

    def _past(self, value: str) -> Fault | None:
        fault = _date(value)
        if fault or date.fromisoformat(value) <= self._day:
            return fault
        return Fault(f"{value!r} is after {self._day}", "Import it once it holds")


def _of(kind: Any, instead: str) -> Callable[[str], Fault | None]:
    """The rule of a type of the contract."""
    (meta,) = (part for part in get_args(kind) if isinstance(part, msgspec.Meta))

    def rule(value: str) -> Fault | None:
        fits = meta.max_length is None or len(value) <= meta.max_length
        if fits and (meta.pattern is None or re.search(meta.pattern, value)):
            return None
        return Fault(f"{_short(value)} is none", instead)

    return rule


def _country(value: str) -> Fault | None:
    if re.fullmatch("[A-Z]{2}", value):
        return None
    return Fault(
        f"{_short(value)} is no country code", "Write the two capital letters of ISO 3166-1: CA"
    )


def _role(value: str) -> Fault | None:
    if value in ROLES:
        return None
    return Fault(f"{_short(value)} is no role", f"Write {' or '.join(ROLES)}")


def _date(value: str) -> Fault | None:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII) and date.fromisoformat(value):
            return None
    except ValueError:
        pass
    return Fault(f"{_short(value)} is no day", "Write year, month and day: 2014-01-27")


def _short(value: str) -> str:
    return repr(value if len(value) <= 60 else f"{value[:60]}…")
