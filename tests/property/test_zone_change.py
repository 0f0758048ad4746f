"""Days are the account's own, in the zone of their time, whatever was landed when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from attache.build import build
from attache.register import import_register
from runtime.settings import Settings
from tests.dbt.golden import pseudonym
from tests.histories import ask, differences, land_and_build, land_events
from tests.pipeline import RUN
from tests.samples import JSON, event

MOVED = date(2014, 3, 5)
FIRST, SECOND = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/Toronto")
START = datetime(2014, 3, 2, tzinfo=UTC)
HOURS = range(24 * 9)  # to the 11th: Toronto's clocks went forward on the 9th
HEADER = "platform,account_id,mission,time_zone,city,valid_from\n"
BEFORE = f"{HEADER}x,moving,Mission,{FIRST},Beijing,\nx,fall,Consulate,{SECOND},Toronto,\n"
AFTER = BEFORE.replace(f"{FIRST},Beijing,", f"{SECOND},Ottawa,")


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The account moved after half of what it earned had been landed; the rest came since."""
    home = Settings(home=tmp_path_factory.mktemp("moved"))
    early, late = _events()[::2], _events()[1::2]
    _import(home, BEFORE, date(2014, 3, 1))
    land_and_build(home, early)
    _import(home, AFTER, MOVED)
    assert build(home, RUN).kind == "full"
    assert land_and_build(home, late).kind == "incremental"
    return home


def test_a_day_is_in_the_zone_that_held_and_the_day_before_a_move_takes_the_odd_hours(
    moved: Settings,
) -> None:
    counted = ask(
        moved,
        """SELECT activity_date, like_count FROM marts.fct_engagement_daily
        WHERE account_key = 'x:moving' ORDER BY ALL""",
    )
    assert counted == _recount()
    days = dict(counted)
    assert days[date(2014, 3, 3)] == 24
    assert days[date(2014, 3, 4)] == 37  # from Shanghai's midnight to that of Toronto
    assert days[MOVED] == 24
    assert days[date(2014, 3, 9)] == 23  # the clocks went forward


def test_a_day_on_which_clocks_go_back_has_25_hours(moved: Settings) -> None:
    counted = ask(
        moved,
        """SELECT activity_date, like_count FROM marts.fct_engagement_daily
        WHERE account_key = 'x:fall' ORDER BY ALL""",
    )
    assert counted == [(date(2014, 11, 1), 24), (date(2014, 11, 2), 25), (date(2014, 11, 3), 24)]


def test_observations_and_hours_of_posts_follow_the_zone_too(moved: Settings) -> None:
    observed = "SELECT observation_date FROM marts.fct_account_daily WHERE account_key = 'x:moving'"
    assert ask(moved, f"{observed} ORDER BY ALL") == [(date(2014, 3, 4),), (MOVED,)]
    assert ask(
        moved,
        """SELECT value FROM reporting.rpt_what_works
        WHERE account_key = 'x:moving' AND dimension = 'hour' ORDER BY ALL""",
    ) == [("00",), ("08",)]


def test_what_the_register_said_before_is_kept_and_the_present_is_apart(moved: Settings) -> None:
    assert ask(
        moved,
        """SELECT valid_from_date, valid_to_date, time_zone, city, changed_attributes
        FROM marts.dim_registered_account_history
        WHERE account_key = 'x:moving' ORDER BY valid_from_date""",
    ) == [
        (date(1900, 1, 1), MOVED, str(FIRST), "Beijing", []),
        (MOVED, None, str(SECOND), "Ottawa", ["city", "time_zone"]),
    ]
    now = "SELECT time_zone, city, calendar FROM marts.dim_account WHERE account_id = 'moving'"
    assert ask(moved, now) == [(str(SECOND), "Ottawa", f"{FIRST}, {MOVED} {SECOND}")]


def test_batches_around_a_move_come_to_a_full_build(moved: Settings, settings: Settings) -> None:
    land_events(settings, _events()[::-1])
    told = AFTER.replace("x,moving", f"x,moving,Mission,{FIRST},Beijing,\nx,moving", 1)
    _import(settings, told.replace("Ottawa,", f"Ottawa,{MOVED}"), RUN.logical_at.date())
    assert build(settings, RUN).kind == "full"
    assert differences(moved, settings) == []


def test_an_account_that_is_first_observed_after_its_posts_takes_them_to_its_own_days(
    tmp_path: Path,
) -> None:
    late, at_once = (Settings(home=tmp_path / name) for name in ("late", "at_once"))
    profiles = [made for made in _events() if made["type"] == "attache.account.v1"]
    others = [made for made in _events() if made not in profiles]
    for home in (late, at_once):
        _import(home, BEFORE, date(2014, 3, 1))
    land_and_build(late, others)
    assert land_and_build(late, profiles).kind == "incremental"
    land_and_build(at_once, [*others, *profiles])
    assert differences(late, at_once) == []


def _recount() -> list[tuple[date, int]]:
    """The days of the hours by Python's own zones: a day of the new zone, or one before."""
    days: dict[date, int] = {}
    for hour in HOURS:
        at = START + timedelta(hours=hour)
        later = at.astimezone(SECOND).date()
        day = later if later >= MOVED else min(at.astimezone(FIRST).date(), MOVED - timedelta(1))
        days[day] = days.get(day, 0) + 1
    return sorted(days.items())


def _events() -> Sequence[JSON]:
    """A like an hour, a post in each zone, profiles on both sides of the move."""
    autumn = datetime(2014, 11, 1, 4, tzinfo=UTC)
    instants = [
        datetime(2014, 3, 3, 0, 30, tzinfo=UTC),
        datetime(2014, 3, 7, 5, 30, tzinfo=UTC),
    ]
    seen = [datetime(2014, 3, 5, 4, 59, tzinfo=UTC), datetime(2014, 3, 5, 5, tzinfo=UTC)]
    return [
        *(_account("moving", at) for at in seen),
        _account("fall", autumn),
        *(_post("moving", f"p{n}", at) for n, at in enumerate(instants)),
        _post("fall", "autumn", autumn),
        *(_like("p0", START + timedelta(hours=hour)) for hour in HOURS),
        *(_like("autumn", autumn + timedelta(hours=hour)) for hour in range(24 + 25 + 24)),
    ]


def _account(account_id: str, at: datetime) -> JSON:
    data = {"platform": "x", "account_id": account_id, "role": "own", "followers": 7}
    return _event("account", at, data | {"observed_at": at.isoformat()})


def _post(account_id: str, post_id: str, at: datetime) -> JSON:
    data = {"platform": "x", "post_id": post_id, "account_id": account_id}
    return _event("post", at, data | {"created_at": at.isoformat(), "text": "said"})


def _like(post_id: str, at: datetime) -> JSON:
    data = {"platform": "x", "verb": "like", "actor_id": pseudonym(f"{at:%d%H}")}
    data |= {"object_id": post_id, "object_type": "post", "interaction_id": f"{at:%m%d%H}"}
    return _event("interaction", at, data | {"created_at": at.isoformat(), "undone": False})


def _event(kind: str, at: datetime, data: JSON) -> JSON:
    name = data.get("interaction_id") or data.get("post_id") or data["account_id"]
    made = event(f"attache.{kind}.v1", f"{kind}-{name}@{at:%m%d%H%M}", data)
    return made | {"time": at.isoformat()}


def _import(settings: Settings, text: str, day: date) -> None:
    settings.home.mkdir(parents=True, exist_ok=True)
    file: Path = settings.home / "register.csv"
    file.write_text(text)
    import_register(settings, file, day)
