"""The published figures, typed. Everything else in this folder keeps to them."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path

import msgspec

PUBLISHED_FILE = Path(__file__).with_name("published.toml")


class Mission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mission's account; a handle or a number that wasn't published is None."""

    account_id: str
    name: str
    followers: int
    handle: str | None = None
    following: int | None = None


class Month(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Posts of the month that begins on `first_date`."""

    first_date: date
    posts: int


class Range(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The least and the most there was, both included."""

    least: int
    most: int


class Totals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Actions by verb."""

    likes: int
    shares: int
    comments: int


class Contest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The post with a prize."""

    campaign: str
    date: date
    likes: int
    shares: int
    comments: int


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the scorecard.

    Attributes:
        published: the figure as it was written.
        value: the same as a number, exact to `decimals`; None where it was given in words.
    """

    name: str
    label: str
    published: str
    value: float | None = None
    decimals: int = 0


class Published(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it; dates are local to `time_zone`, the last one included."""

    time_zone: str
    first_date: date
    last_date: date
    observed_at: datetime
    account: Mission
    peers: tuple[Mission, ...]
    months: tuple[Month, ...]
    posts_per_day: Range
    totals: Totals
    contest: Contest
    measures: tuple[Measure, ...]


@cache
def load_published() -> Published:
    """Read `published.toml`."""
    return msgspec.toml.decode(PUBLISHED_FILE.read_bytes(), type=Published)
