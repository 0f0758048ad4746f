"""What the report shows of an inflated day, read from the warehouse: series, classes, evidence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import duckdb
import msgspec

from expectations.evidence import Row, Rows, evidence
from expectations.ledger import open_built
from expectations.suites.measures import CLASSES, VERBS
from runtime.settings import Settings

SHOWN_DAYS = 12
BEFORE, AFTER = 42, 7
TOP = 3


class Group(msgspec.Struct, frozen=True):
    """A lockstep group on that day: members that acted, and how close together they act."""

    key: str
    active_count: int
    action_count: int
    member_count: int
    target_count: int
    median_apart_seconds: float | None


class Meeting(msgspec.Struct, frozen=True):
    """A post, or an account, on which a group met that day."""

    target_key: str
    member_count: int
    first_at: datetime
    last_at: datetime
    median_apart_seconds: float


class InflatedDay(msgspec.Struct, frozen=True, kw_only=True):
    """One inflated day.

    Attributes:
        measure: what the series counts: actions, or follows where more of those are false.
        series: day and count, from six weeks before.
        classes: for each verb with a count, and for all actions, the counts by class.
        evidence: of each reason, its name and what was seen, in words.
        ghost_reasons: what speaks against that day's ghosts, and for how many of them.
    """

    account_key: str
    activity_date: date
    measure: str
    series: list[tuple[date, int]]
    classes: dict[str, dict[str, int]]
    evidence: dict[str, str]
    groups: list[Group]
    meetings: list[Meeting]
    ghost_count: int
    ghost_reasons: list[tuple[str, int]]
    override: str


def read_inflated_days(settings: Settings) -> tuple[list[InflatedDay], int]:
    """The latest inflated days, newest first, and how many there are in all.

    A part that the warehouse doesn't have stays empty: the report is no reason for a run to fail.
    """
    with _open(settings) as rows:
        days = rows(
            """SELECT account_key, activity_date, inflation_reasons, count(*) OVER () AS day_count
            FROM marts.fct_engagement_daily WHERE is_inflated
            ORDER BY activity_date DESC, account_key LIMIT $shown""",
            {"shown": SHOWN_DAYS},
        )
        count = days[0]["day_count"] if days else 0
        return [_day(rows, day) for day in days], count


@contextmanager
def _open(settings: Settings) -> Iterator[Rows]:
    with open_built(settings) as warehouse:

        def rows(sql: str, bound: dict[str, object]) -> list[Row]:
            try:
                cursor = warehouse.execute(sql, bound)
            except (duckdb.CatalogException, duckdb.BinderException):
                return []
            names = [column[0] for column in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        yield rows


def _day(rows: Rows, day: Row) -> InflatedDay:
    bound = {"account": day["account_key"], "day": day["activity_date"]}
    classes = _classes(rows, bound)
    ghosts = rows(_GHOSTS, bound)
    measure = max(("action", "follow"), key=lambda verb: _false(classes.get(verb, {})))
    return InflatedDay(
        account_key=day["account_key"],
        activity_date=day["activity_date"],
        measure=measure,
        series=[(row["day"], row["total"]) for row in rows(_SERIES.format(measure=measure), bound)],
        classes=classes,
        evidence=evidence(rows, bound, day["inflation_reasons"] or []),
        groups=[Group(**row) for row in rows(_GROUPS, {**bound, "top": TOP})],
        meetings=[Meeting(**row) for row in rows(_MEETINGS, {**bound, "top": TOP})],
        ghost_count=ghosts[0]["ghost_count"] if ghosts else 0,
        ghost_reasons=[(row["reason"], row["actor_count"]) for row in ghosts],
        override=next((row["said"] for row in rows(_OVERRIDE, bound) if row["said"]), ""),
    )


def _false(parts: dict[str, int]) -> int:
    return parts.get("ghost", 0) + parts.get("coordinated", 0)


def _classes(rows: Rows, bound: dict[str, object]) -> dict[str, dict[str, int]]:
    """Counts by class; of measures that are not 0."""
    found = rows(
        """SELECT * FROM marts.fct_engagement_daily
        WHERE account_key = $account AND activity_date = $day""",
        bound,
    )
    counts = {
        verb: {name: found[0][f"{verb}_count_{name}"] or 0 for name in CLASSES}
        for verb in ("action", *VERBS)
        if found
    }
    return {verb: parts for verb, parts in counts.items() if sum(parts.values())}


_SERIES = f"""
    SELECT cast(morning AS DATE) AS day, coalesce(any_value({{measure}}_count), 0) AS total
    FROM range(cast($day AS DATE) - {BEFORE}, cast($day AS DATE) + {AFTER + 1}, INTERVAL 1 DAY)
        AS calendar (morning)
    LEFT JOIN marts.fct_engagement_daily AS daily
        ON daily.account_key = $account AND daily.activity_date = cast(morning AS DATE)
    WHERE cast(morning AS DATE) BETWEEN
        (SELECT min(activity_date) FROM marts.fct_engagement_daily WHERE account_key = $account)
        AND (SELECT max(activity_date) FROM marts.fct_engagement_daily WHERE account_key = $account)
    GROUP BY ALL ORDER BY day"""

_GROUPS = """
    SELECT groups.coordination_group_key AS key, count(DISTINCT actor_key) AS active_count,
        count(*) AS action_count, any_value(groups.member_count) AS member_count,
        any_value(groups.target_count) AS target_count,
        any_value(groups.median_apart_seconds) AS median_apart_seconds
    FROM marts.fct_interaction AS acts
    JOIN marts.dim_actor USING (actor_key)
    JOIN marts.dim_coordination_group AS groups USING (coordination_group_key)
    WHERE account_key = $account AND activity_date = $day AND NOT is_undone
        AND engagement_class = 'coordinated'
    GROUP BY ALL ORDER BY action_count DESC, key LIMIT $top"""

_MEETINGS = """
    WITH mine AS (
        SELECT DISTINCT coordination_group_key, post_key
        FROM marts.fct_interaction JOIN marts.dim_actor USING (actor_key)
        WHERE account_key = $account AND activity_date = $day AND NOT is_undone
            AND engagement_class = 'coordinated')
    SELECT target_key, member_count, first_at, last_at, median_apart_seconds
    FROM marts.fct_coordination_evidence AS evidence
    JOIN mine ON evidence.coordination_group_key = mine.coordination_group_key
        AND evidence.post_key IS NOT DISTINCT FROM mine.post_key
    ORDER BY member_count DESC, target_key LIMIT $top"""

_GHOSTS = """
    WITH ghosts AS (
        SELECT DISTINCT actor_key FROM marts.fct_interaction
        WHERE account_key = $account AND activity_date = $day AND NOT is_undone
            AND engagement_class = 'ghost')
    SELECT reason, count(*) AS actor_count, (SELECT count(*) FROM ghosts) AS ghost_count
    FROM (SELECT unnest(ghost_reasons) AS reason FROM ghosts JOIN marts.dim_actor USING (actor_key))
    GROUP BY ALL ORDER BY actor_count DESC, reason LIMIT 6"""

_OVERRIDE = """
    SELECT inflation_override_by || ', ' || strftime(inflation_override_at, '%Y-%m-%d')
        || coalesce(', until ' || inflation_override_last_date, '') || ': '
        || inflation_override_reason AS said
    FROM marts.fct_engagement_daily WHERE account_key = $account AND activity_date = $day"""
