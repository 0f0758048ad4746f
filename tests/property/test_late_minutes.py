"""Minutes in which more was done than was known, less, or something else: their day's peaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from runtime.settings import Settings
from tests.dbt.golden import act, first_events
from tests.histories import ask, differences, land_and_build
from tests.samples import JSON

FIRST = datetime(2014, 1, 28, tzinfo=UTC)
DAYS = range(80)


def test_an_earlier_minute_of_the_same_day_moves_its_peaks(tmp_path: Path) -> None:
    late, at_once = (Settings(home=tmp_path / name) for name in ("late", "at_once"))
    first = [*first_events(), *(_like(0, n, 0) for n in range(4))]
    retold = [{**_like(0, 0, n), "source": "another/collector"} for n in range(1, 4)]
    land_and_build(late, first)
    before = _peaks(late)
    assert land_and_build(late, retold).kind == "incremental"
    land_and_build(at_once, [*first, *retold])
    assert _peaks(late) == _peaks(at_once) != before
    assert differences(late, at_once) == []


def test_a_few_minutes_more_or_less_give_the_peaks_of_a_full_build(tmp_path: Path) -> None:
    late, at_once = (Settings(home=tmp_path / name) for name in ("late", "at_once"))
    drawn = Random(5)  # noqa: S311 - the same trials for everybody
    first, more = list(first_events()), []
    for day in DAYS:  # each a trial of its own, with a crowd somewhere in two hours
        crowd = drawn.randrange(120)
        minutes = [drawn.randrange(120) for _ in range(40)]
        minutes += [crowd + drawn.choice([0, 0, 1, 2, 3]) for _ in range(drawn.randrange(6))]
        first += [_like(day, minute, n) for n, minute in enumerate(minutes)]
        beside = [drawn.randrange(120), crowd + drawn.randrange(-4, 5)][: drawn.randrange(3)]
        more += [_like(day, minute, 100 + n) for n, minute in enumerate(beside)]
        if day % 5 == 0:
            more.append(_like(day, minutes[0], 0, undone=True))
    land_and_build(late, first)
    before = _peaks(late)
    assert land_and_build(late, more).kind == "incremental"
    land_and_build(at_once, [*first, *more])
    assert _peaks(late) == _peaks(at_once) != before
    assert {True, False} == _whole_days(late)


def _like(day: int, minute: int, number: int, undone: bool = False) -> JSON:
    at = FIRST + timedelta(days=day, hours=12, minutes=minute)
    name, taken_back = f"{day}-{number}", f"{at + timedelta(hours=5):%Y-%m-%dT%H:%M}:00+08:00"
    told = f"{at:%Y-%m-%dT%H:%M}:00+08:00"
    return act("like", name, name, told, **({"undone_at": taken_back} if undone else {}))


def _peaks(home: Settings) -> list[tuple[object, ...]]:
    return ask(home, "FROM intermediate.int_daily_peaks ORDER BY ALL")


def _whole_days(home: Settings) -> set[bool]:
    days = ask(home, "SELECT is_whole FROM intermediate.int_touched_peak_days")
    return {whole for (whole,) in days}
