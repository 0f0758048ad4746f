"""Days that change far apart: what remembers them is judged anew, as a full build judges it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb

from runtime.settings import Settings
from tests.histories import differences, land_and_build
from tests.samples import JSON, event

FIRST = date(2012, 1, 2)
DAYS = 700
HOLE = range(60, 67)  # days of which no follower count was stated at first


def test_late_days_are_judged_as_if_they_had_been_there(tmp_path: Path) -> None:
    late, at_once = (Settings(home=tmp_path / name) for name in ("late", "at_once"))
    usual = [_post(), *_likes(), *(_profile(day) for day in range(DAYS) if day not in HOLE)]
    # two ranges of a series, at its beginning and near its end; what fills a hole, and adds a day
    odd = [_like(3, n) for n in range(30, 70)] + [_like(640, n) for n in range(30, 45)]
    odd += [_undone(400), _profile(HOLE[2]), _profile(DAYS)]
    land_and_build(late, usual)
    assert land_and_build(late, odd).kind == "incremental"
    land_and_build(at_once, [*usual, *odd])
    assert _touched(late) < _rows(late)
    assert _baselines_that_differ(late, at_once) == []
    assert differences(late, at_once) == []


def _likes() -> list[JSON]:
    return [_like(day, n) for day in range(DAYS) for n in range(3 + day * 7 % 5)]


def _like(day: int, number: int) -> JSON:
    at = f"{FIRST + timedelta(days=day)}T{number % 20:02}:{number % 60:02}:00+08:00"
    data = {
        "platform": "weibo",
        "verb": "like",
        "actor_id": f"{number:032x}",
        "object_id": "p1",
        "object_type": "post",
        "interaction_id": f"{day}-{number}",
        "created_at": at,
    }
    return {**event("attache.interaction.v1", f"like-{day}-{number}", data), "time": at}


def _undone(day: int) -> JSON:
    like = _like(day, 0)
    at = f"{FIRST + timedelta(days=day)}T23:00:00+08:00"
    data = {**like["data"], "undone": True}
    return {**event("attache.interaction.v1", f"undone-{day}", data), "time": at}


def _post() -> JSON:
    data = {
        "platform": "weibo",
        "post_id": "p1",
        "account_id": "canadaweibo",
        "created_at": f"{FIRST}T00:00:00+08:00",
        "text": "hello",
        "kind": "original",
        "state": "published",
    }
    return {**event("attache.post.v1", "p1", data), "time": data["created_at"]}


def _profile(day: int) -> JSON:
    at = f"{FIRST + timedelta(days=day)}T20:00:00+08:00"
    data = {
        "platform": "weibo",
        "account_id": "canadaweibo",
        "role": "own",
        "observed_at": at,
        "followers": 1000 + day * 3 + day * 11 % 7,
    }
    return {**event("attache.account.v1", f"profile-{day}", data), "time": at}


def _baselines_that_differ(one: Settings, other: Settings) -> list[tuple[object, ...]]:
    """Sums of doubles differ by what is added first, and by no more."""
    with duckdb.connect() as connection:
        for name, home in (("one", one), ("other", other)):
            connection.execute(f"ATTACH '{home.warehouse}' AS {name} (READ_ONLY)")
        columns = [
            name
            for name, kind, *_ in connection.execute(
                "DESCRIBE one.intermediate.int_series_baselines"
            ).fetchall()
            if kind in {"DOUBLE", "BIGINT", "HUGEINT"}
        ]
        differ = " OR ".join(
            f"""one.{name} IS NULL <> (other.{name} IS NULL)
            OR abs(one.{name} - other.{name}) > 1e-9 * (1 + abs(other.{name}))"""
            for name in columns
        )
        return connection.execute(
            f"""SELECT series, activity_date FROM one.intermediate.int_series_baselines AS one
            FULL JOIN other.intermediate.int_series_baselines AS other
                USING (account_key, activity_date, series)
            WHERE one.observed_count IS NULL OR other.observed_count IS NULL OR {differ}
            ORDER BY ALL"""
        ).fetchall()


def _rows(home: Settings, table: str = "int_series_baselines") -> int:
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        (count,) = warehouse.execute(f"SELECT count(*) FROM intermediate.{table}").fetchall()[0]
    return int(count)


def _touched(home: Settings) -> int:
    return _rows(home, "int_touched_series_days")
