"""An event that is dated centuries off is counted, told of, and costs no more than another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from runtime.settings import Settings
from tests.dbt.golden import first_events, late_events
from tests.histories import differences, land_and_build
from tests.samples import JSON, event

MEMORY = 189
WATCHED = 11
AHEAD, LONG_AGO = "2913-02-04", "1013-02-04"


def test_an_event_dated_centuries_off_lengthens_no_series_and_changes_no_other_day(
    tmp_path: Path,
) -> None:
    without, at_once, late = (
        Settings(home=tmp_path / name) for name in ("without", "at_once", "late")
    )
    usual, odd = [*first_events(), *late_events()], [_like(AHEAD), _like(LONG_AGO)]
    land_and_build(without, usual)
    land_and_build(at_once, [*usual, *odd])
    land_and_build(late, usual)
    assert land_and_build(late, odd).kind == "incremental"
    assert differences(late, at_once) == []

    # counted on its day, and no day is judged otherwise for it
    days = (
        "SELECT account_key, activity_date, like_count, is_inflated FROM marts.fct_engagement_daily"
    )
    added = set(_rows(late, days)) - set(_rows(without, days))
    assert {(str(day), likes) for _, day, likes, _ in added} == {(AHEAD, 1), (LONG_AGO, 1)}

    # a memory for each of the two, and not the days between the centuries
    series = "SELECT count(*) FROM intermediate.int_series_baselines"
    assert _rows(late, series)[0][0] - _rows(without, series)[0][0] <= 2 * (MEMORY + 1) * WATCHED
    spine = "SELECT count(*) FROM marts.dim_date WHERE date_day > DATE '2100-01-01'"
    assert _rows(late, spine) == [(1,)]
    months = "SELECT count(*) FROM reporting.rpt_mode WHERE covered_days <= 0 OR month > '2100'"
    assert _rows(late, months) == [(0,)]

    # who reads the numbers is told
    health = "SELECT value, is_good FROM reporting.rpt_data_health WHERE aspect = 'dated'"
    assert _rows(late, health) == [(1, False)]
    assert _rows(without, health) == [(0, True)]


def _like(day: str) -> JSON:
    at = f"{day}T12:00:00+08:00"
    data = {
        "platform": "weibo",
        "verb": "like",
        "actor_id": f"{7:032x}",
        "object_id": "contest",
        "object_type": "post",
        "interaction_id": f"dated-{day}",
        "created_at": at,
    }
    return {**event("attache.interaction.v1", f"dated-{day}", data), "time": at}


def _rows(home: Settings, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        return warehouse.execute(sql).fetchall()
