"""Classes told apart, and days: what was planted is called inflated, and nothing natural is."""

from __future__ import annotations

from datetime import date, timedelta

from tests.dbt.guard.conftest import Ask
from tests.dbt.guard.test_coordination import RING_OF, actor_key
from tests.dbt.guard.world import (
    COMMENTS_DAY,
    CONTEST_ACTORS,
    FOLLOWERS_DAY,
    LIKES_DAY,
    SOLD,
)

FIRST = date(2014, 1, 1)
SOLD_KEYS = {actor_key(f"{name}-{n}") for name, count in SOLD.items() for n in range(count)}
CONTESTANTS = {actor_key(f"embassy-contestant-{n}") for n in range(CONTEST_ACTORS)}


def test_contest_ghosts_and_lockstep_are_told_apart(ask: Ask) -> None:
    rows = ask("SELECT actor_key, engagement_class, post_key FROM marts.fct_interaction")
    classes: dict[str, set[str]] = {"ring": set(), "sold": set(), "contest": set()}
    for actor, name, _ in rows:
        if actor in RING_OF:
            classes["ring"].add(name)
        elif actor in CONTESTANTS:
            classes["contest"].add(name)
    assert classes["ring"] == {"coordinated"}
    assert classes["contest"] == {"incentivised"}
    sold = [name for actor, name, _ in rows if actor in SOLD_KEYS]
    assert len(sold) == sum(SOLD.values()) + SOLD["sold-like"]  # these liked two posts each
    assert sold.count("ghost") / len(sold) > 0.95
    assert "organic" not in sold


def test_nobody_is_organic_who_was_not_looked_at(ask: Ask) -> None:
    ((organic, unseen),) = ask(
        """SELECT count(*), count(*) FILTER (actors.profile_observed_at IS NULL)
        FROM marts.fct_interaction JOIN marts.dim_actor AS actors USING (actor_key)
        WHERE engagement_class = 'organic'"""
    )
    assert organic > 0
    assert unseen == 0


def test_planted_days_are_inflated_and_say_why(ask: Ask) -> None:
    rows = ask(
        """SELECT activity_date, inflation_reasons FROM marts.fct_engagement_daily
        WHERE is_inflated AND account_id = 'embassy'"""
    )
    reasons = {day: set(why) for day, why in rows}
    for day in (LIKES_DAY, COMMENTS_DAY, FOLLOWERS_DAY):
        assert "ghost_share" in reasons[FIRST + timedelta(days=day)]
    assert "follower_jump" in reasons[FIRST + timedelta(days=FOLLOWERS_DAY)]
    others = [why for why in reasons.values() if "ghost_share" not in why]
    assert all("lockstep_share" in why for why in others)  # a ring struck on those


def test_a_rush_is_not_inflation_and_too_little_known_is_not_a_no(ask: Ask) -> None:
    rows = ask(
        """SELECT account_id, is_inflated, min(activity_date), count(*)
        FROM marts.fct_engagement_daily GROUP BY ALL"""
    )
    verdicts = {(account, inflated): first for account, inflated, first, _ in rows}
    assert {account for account, inflated in verdicts if inflated} == {"embassy"}
    assert verdicts[("star", None)] < verdicts[("star", False)]


def test_parts_add_up_to_the_whole(ask: Ask) -> None:
    ((wrong, days),) = ask(
        """SELECT count(*) FILTER (action_count <> action_count_organic + action_count_incentivised
        + action_count_coordinated + action_count_ghost + action_count_unassessed), count(*)
        FROM marts.fct_engagement_daily"""
    )
    assert days > 0
    assert wrong == 0


def test_a_few_followers_who_were_seen_are_judged_but_say_no_reach(ask: Ask) -> None:
    rows = ask(
        """SELECT observation_date, assessed_follower_count, unassessed_follower_count,
        ghost_share_low <= ghost_share AND ghost_share <= ghost_share_high, ghost_share, real_reach
        FROM marts.fct_account_daily WHERE account_id = 'embassy' ORDER BY ALL"""
    )
    assert rows[0][1:] == (None, None, None, None, None)
    _, assessed, unassessed, ordered, share, reach = rows[-1]
    assert assessed == SOLD["sold-follow"]
    assert unassessed > 100_000
    assert ordered
    assert share > 0.9
    assert reach is None
