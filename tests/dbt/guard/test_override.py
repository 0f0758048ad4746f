"""An inflated day as people see it: its picture, and an override published beside the measure."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from expectations.inflated_days import read_inflated_days
from expectations.overrides import Scope, add_override
from expectations.picture import REASONS, draw_days
from expectations.policy import load_policy
from runtime.settings import Settings
from tests.dbt.guard.conftest import Ask, build_only, rows_of
from tests.dbt.guard.world import COMMENTS_DAY, FOLLOWERS_DAY, SOLD

FIRST = date(2014, 1, 1)


def test_each_inflated_day_is_read_with_classes_reasons_groups_and_ghosts(
    world: Settings, ask: Ask
) -> None:
    days, count = read_inflated_days(world)
    wanted = ask(
        """SELECT activity_date, inflation_reasons FROM marts.fct_engagement_daily
        WHERE is_inflated ORDER BY activity_date DESC"""
    )
    assert len(days) > 10
    shown = [(day.activity_date, list(day.evidence)) for day in days]
    assert shown == wanted[: len(days)]
    assert count == len(wanted)
    for day in days:
        assert all(day.evidence.values()), day.evidence
        counted = dict(day.series)
        assert counted[day.activity_date] == sum(day.classes[day.measure].values())
        assert bool(day.groups) == ("coordinated" in _false(day.classes))
        assert bool(day.meetings) == bool(day.groups)
    by_date = {day.activity_date: day for day in days}
    bought = by_date[FIRST + timedelta(days=FOLLOWERS_DAY)]
    assert bought.measure == "follow"
    assert bought.ghost_count > 0.95 * SOLD["sold-follow"]
    assert f"{SOLD['sold-follow']:,}" in draw_days([bought], 1)


def _false(classes: dict[str, dict[str, int]]) -> set[str]:
    return {name for parts in classes.values() for name, count in parts.items() if count}


def test_the_picture_puts_organic_first_and_fetches_nothing(world: Settings) -> None:
    days, count = read_inflated_days(world)
    page = draw_days(days, count)
    assert "http" not in page
    assert "<script" not in page
    assert page.count("<article") == len(days)
    for day in days:
        for reason in day.evidence:
            assert REASONS[reason] in page
    bars = re.findall(r"class='parts' role='img' aria-label='([^']+)'>(.*?)</div>", page)
    for said, pieces in bars:
        names = re.findall(r"title='(\w+):", pieces)
        assert names == re.findall(r"[\d,]+ ([a-z]+)", said)
        assert "organic" not in names[1:]
        assert sum(map(float, re.findall(r"width:([\d.]+)%", pieces))) > 99.9


def test_an_override_is_published_beside_the_measure(world: Settings, tmp_path: Path) -> None:
    home = Settings(home=tmp_path)
    shutil.copy(world.warehouse, home.warehouse)
    on = FIRST + timedelta(days=COMMENTS_DAY)
    scope = Scope(key=f"weibo:embassy {on}", account_key="weibo:embassy", activity_date=on)
    made_at = datetime(2014, 4, 6, tzinfo=UTC)
    why = "A school class was invited to comment"
    add_override(home, load_policy(), scope, "Jane Roe", why, made_at)
    build_only(home, "ops_override int_touched_engagement_days fct_engagement_daily")
    assert rows_of(
        home.warehouse,
        """SELECT is_inflated, activity_date, inflation_override_by, inflation_override_reason
        FROM marts.fct_engagement_daily WHERE inflation_override_at IS NOT NULL""",
    ) == [(True, on, "Jane Roe", why)]
    days, _ = read_inflated_days(home)
    (day,) = [day for day in days if day.override]
    assert f"Overridden by Jane Roe, 2014-04-06: {why}" in draw_days([day], 1)
