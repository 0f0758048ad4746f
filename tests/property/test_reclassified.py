"""What becomes known of an actor later gives its earlier actions their class, and their days."""

from __future__ import annotations

from pathlib import Path

import duckdb

from runtime.settings import Settings
from tests.dbt.golden import MISSION, act, first_events, pseudonym
from tests.histories import ask, differences, land_and_build
from tests.samples import JSON, event

BOUGHT = {"followers": 1, "following": 1900, "posts": 0, "default_avatar": True, "has_bio": False}
PERSON = {"followers": 410, "following": 380, "posts": 2600, "default_avatar": False}
PERSON |= {"has_bio": True, "listed": 6, "likes_given": 900}


def test_a_profile_that_lands_later_gives_earlier_actions_their_class(tmp_path: Path) -> None:
    late, at_once = (Settings(home=tmp_path / name) for name in ("late", "at_once"))
    profiles = [_profile("x1", BOUGHT), _profile("x2", PERSON)]
    land_and_build(late, first_events())
    assert _classes(late).keys() == {"incentivised", "unassessed"}
    assert land_and_build(late, profiles).kind == "incremental"
    assert {"ghost", "organic"} <= _classes(late).keys()
    land_and_build(at_once, [*profiles, *first_events()])
    assert differences(late, at_once) == []


def test_a_profile_of_the_same_class_gives_an_earlier_follow_another_weight(tmp_path: Path) -> None:
    late, at_once = (Settings(home=tmp_path / name) for name in ("late", "at_once"))
    # who doesn't say how many posts it has is less sure
    without = {name: fact for name, fact in PERSON.items() if name != "posts"}
    first = [*first_events(), _profile("x12", without)]
    newer = _profile("x12", {**PERSON, "observed_at": "2014-02-02T09:00:00+08:00"})
    land_and_build(late, first)
    classes, before = _classes(late), _rows(late, "int_follower_days")
    assert land_and_build(late, [newer]).kind == "incremental"
    assert _classes(late) == classes
    assert _rows(late, "int_follower_days") != before
    land_and_build(at_once, [*first, newer])
    assert _rows(late, "int_follower_days") == _rows(at_once, "int_follower_days")


def test_a_share_of_ghosts_is_summed_up_anew_from_the_first_touched_day_on(tmp_path: Path) -> None:
    late, at_once = (Settings(home=tmp_path / name) for name in ("late", "at_once"))
    first = [*first_events(), *_followers()]
    newer = [
        _profile("y1", {**PERSON, "observed_at": "2014-02-02T09:00:00+08:00"}),  # of the second day
        act("follow", "late", "y2", "2014-01-29T20:00:00+08:00", on=MISSION, object_type="account"),
    ]
    land_and_build(late, first)
    before = _rows(late, "int_follower_shares")
    assert land_and_build(late, newer).kind == "incremental"
    land_and_build(at_once, [*first, *newer])
    after = _rows(late, "int_follower_shares")
    assert after == _rows(at_once, "int_follower_shares")
    assert [was == now for was, now in zip(before, after, strict=True)] == [True, *[False] * 3]


def test_a_day_that_is_observed_later_has_the_reach_of_those_who_followed_before(
    tmp_path: Path,
) -> None:
    late, at_once = (Settings(home=tmp_path / name) for name in ("late", "at_once"))
    first, newer = [*first_events(), *_followers()], [_observed("2014-02-03T09:00:00+08:00")]
    land_and_build(late, first)
    assert land_and_build(late, newer).kind == "incremental"
    land_and_build(at_once, [*first, *newer])
    assert _reach(late) == _reach(at_once)
    assert None not in _reach(late)[-1]
    assert differences(late, at_once) == []


def _followers() -> list[JSON]:
    """More than a share needs, on each of four days."""
    events = []
    for number in range(48):
        follower = f"y{number}"
        at = f"2014-01-{27 + number % 4}T16:{number:02}:00+08:00"
        events += [
            act("follow", f"of-{follower}", follower, at, on=MISSION, object_type="account"),
            _profile(follower, BOUGHT if number % 3 else PERSON),
        ]
    return events


def _observed(at: str) -> JSON:
    said = {"platform": "weibo", "account_id": MISSION, "role": "own", "followers": 50}
    made = event("attache.account.v1", f"mission@{at}", {**said, "observed_at": at})
    return {**made, "time": at}


def _reach(home: Settings) -> list[tuple[object, ...]]:
    return ask(
        home,
        f"""SELECT observation_date, ghost_share, real_reach FROM marts.fct_account_daily
        WHERE account_id = '{MISSION}' ORDER BY ALL""",
    )


def _profile(actor: str, facts: JSON) -> JSON:
    said = {
        "platform": "weibo",
        "account_id": pseudonym(actor),
        "role": "actor",
        "observed_at": "2014-02-01T09:00:00+08:00",
        "created_at": "2012-02-01T09:00:00+08:00",
        **facts,
    }
    return event("attache.account.v1", f"profile-{actor}-{said['observed_at']}", said)


def _classes(home: Settings) -> dict[str, int]:
    """How many actions the days have of each class, where there are any."""
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        names = ["organic", "incentivised", "coordinated", "ghost", "unassessed"]
        sums = ", ".join(f"sum(action_count_{name})" for name in names)
        row = warehouse.execute(f"SELECT {sums} FROM marts.fct_engagement_daily").fetchone()
    return {name: int(count) for name, count in zip(names, row or (), strict=True) if count}


def _rows(home: Settings, model: str) -> list[tuple[object, ...]]:
    return ask(home, f"FROM intermediate.{model} ORDER BY ALL")
