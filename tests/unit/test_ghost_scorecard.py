"""The scorecard as it lies in the seeds: SQL and Python agree, and it goes the way reason says."""

from __future__ import annotations

import itertools
from typing import Any

import duckdb
import pytest

from ghosts.card import INTERCEPT, Bin, Scorecard, load_scorecard
from ghosts.features import COLUMNS, FEATURES
from ghosts.macros import render

CARD = load_scorecard()
ACCOUNTS = 20_000
# Every column now and then unknown, and often just on the edge of a bin
GENERATED = f"""
select
    setseed(0.5) is null as seeded,
    case when random() < .8 then floor(exp(random() * 12) - 1)::bigint end as followers,
    case when random() < .8 then floor(exp(random() * 10) - 1)::bigint end as "following",
    case when random() < .8 then floor(exp(random() * 10) - 1)::bigint end as posts,
    case when random() < .8 then floor(exp(random() * 8) - 1)::bigint end as likes_given,
    case when random() < .8 then floor(exp(random() * 4) - 1)::bigint end as listed,
    case when random() < .8 then random() < .5 end as default_avatar,
    case when random() < .8 then random() < .5 end as has_bio,
    case when random() < .8 then random() < .5 end as has_location,
    case when random() < .8 then random() < .5 end as has_link,
    case when random() < .8 then floor(random() * 900) end as age_days,
    case when random() < .8 then floor(random() * 9)::bigint end as handle_digits
from range({ACCOUNTS})
"""


def scored(accounts: str) -> list[dict[str, Any]]:
    """Rows of a select of accounts with what the macros say of them."""
    sql = f"""
    with features as (select *, {render("ghost_features")} from ({accounts})),
    scored as (
        select
            *, {render("ghost_score", CARD.rows())} as score,
            {render("ghost_reasons", CARD.rows())} as reasons
        from features
    )
    select *, {render("ghost_band", "score", CARD.constants)} as band from scored
    """
    cursor = duckdb.execute(sql)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_sql_and_python_say_the_same_of_any_account() -> None:
    rows = scored(GENERATED)
    assert {row["band"] for row in rows} == {"ghost", "suspect", "real", "unassessed"}
    for row in rows:
        columns = {name: row[name] for name in COLUMNS}
        expected = CARD.score(columns)
        assert row["score"] == (None if expected is None else pytest.approx(expected, abs=1e-9))
        assert sorted(row["reasons"]) == sorted(CARD.reasons(columns))
        assert row["band"] == CARD.band(columns)


def test_every_column_has_bins_without_a_gap() -> None:
    for column in COLUMNS:
        bins = bins_of(CARD, column)
        assert (bins[0].lower_bound, bins[-1].upper_bound) == (None, None)
        assert all(a.upper_bound == b.lower_bound for a, b in itertools.pairwise(bins))


@pytest.mark.parametrize("column", [c for c in COLUMNS if c != "following"])
def test_points_go_one_way(column: str) -> None:
    (feature,) = [feature for feature in FEATURES if feature.column == column]
    points = [row.points for row in bins_of(CARD, column)]
    assert points == sorted(points, reverse=not feature.rises)


def test_following_speaks_for_a_ghost_at_both_ends_only() -> None:
    points = [row.points for row in bins_of(CARD, "following")]
    lowest = points.index(min(points))
    assert points[:lowest] == sorted(points[:lowest], reverse=True)
    assert points[lowest:] == sorted(points[lowest:])


def test_what_is_unknown_neither_helps_nor_hurts() -> None:
    known = {
        "followers": 20.0,
        "following": 400.0,
        "posts": 3.0,
        "follow_ratio": 400 / 30,
        "follow_pressure": 400 / 33,
    }
    for column in set(COLUMNS) - set(known):
        points = [row.points for row in bins_of(CARD, column)]
        assert min(points) <= 0 <= max(points)
        assert CARD.score({**known, column: None}) == CARD.score(known)


def test_too_little_is_no_score() -> None:
    bare: dict[str, float | None] = {"posts": 0.0, "default_avatar": 1.0, "has_bio": 0.0}
    for one in ("followers", "following"):
        little = {**bare, one: 0.0}
        assert CARD.score(little) is None
        assert CARD.band(little) == "unassessed"


HOLLOW: dict[str, float | None] = {
    "followers": 7.0,
    "following": 700.0,
    "posts": 2.0,
    "follow_ratio": 700 / 17,
    "follow_pressure": 700 / 19,
}


@pytest.mark.parametrize(
    "alive",
    [
        {"followers": 59.0},
        {"followers": 0.0, "following": 99.0},
        {"posts": 150.0},
        {"posts": None},
        {"likes_given": 10.0},
    ],
)
def test_a_ghost_follows_many_is_followed_by_few_and_does_nothing(
    alive: dict[str, float | None],
) -> None:
    assert CARD.band(HOLLOW) == "ghost"
    assert CARD.band({**HOLLOW, "followers": 58.0, "posts": 149.0, "likes_given": 9.0}) == "ghost"
    assert CARD.band({**HOLLOW, **alive}) == "suspect"


def bins_of(card: Scorecard, feature: str) -> list[Bin]:
    assert feature != INTERCEPT
    return [row for row in card.bins if row.feature == feature]
