"""Classes told apart, and days: what was planted is called inflated, and nothing natural is."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from scipy.special import gammainc
from scipy.stats import poisson

from benchmarks.raw_rows import actor_key
from tests.dbt.guard.conftest import Ask
from tests.dbt.guard.test_coordination import RING_OF
from tests.dbt.guard.world import (
    AFTER_DAY,
    COMMENTS_DAY,
    CONTEST_ACTORS,
    COUNTERS_DAY,
    FOLLOWERS_DAY,
    LATER_JUMP_DAY,
    LIKES_DAY,
    QUIET_DAY,
    SLOW_DAY,
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
    # these liked two posts each
    assert len(sold) == sum(SOLD.values()) + SOLD["sold-like"] + SOLD["sold-slowly"]
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
    for day in (LIKES_DAY, COMMENTS_DAY, SLOW_DAY, FOLLOWERS_DAY):
        assert "ghost_share" in reasons[FIRST + timedelta(days=day)]
    assert "follower_jump" in reasons[FIRST + timedelta(days=FOLLOWERS_DAY)]
    others = [why for why in reasons.values() if "ghost_share" not in why]
    assert all("lockstep_share" in why for why in others)  # a ring struck on those


def test_likes_of_aged_and_filled_accounts_spread_over_a_day_are_inflation(ask: Ask) -> None:
    """The busiest minute of such a day is like any other's; where its ghosts are is not."""
    day = FIRST + timedelta(days=SLOW_DAY)
    ((inflated, reasons, likes),) = ask(
        f"""SELECT is_inflated, inflation_reasons, like_count_ghost
        FROM marts.fct_engagement_daily
        WHERE account_id = 'embassy' AND activity_date = DATE '{day}'"""
    )
    assert inflated
    assert {"ghost_share", "ghosts_gathered"} <= set(reasons)
    assert "unusual_peak" not in reasons
    assert likes >= SOLD["sold-slowly"]


def test_ghosts_are_gathered_only_where_they_were_sold(ask: Ask) -> None:
    """Bought followers act on no post; the ghosts of other days are where people are."""
    rows = ask(
        """SELECT account_id, activity_date FROM marts.fct_engagement_daily
        WHERE list_contains(inflation_reasons, 'ghosts_gathered')"""
    )
    days = {FIRST + timedelta(days=day) for day in (LIKES_DAY, COMMENTS_DAY, SLOW_DAY)}
    assert {account for account, _ in rows} == {"embassy"}
    assert days <= {day for _, day in rows} <= days | {day + timedelta(days=1) for day in days}


def test_counters_that_grow_without_events_are_a_reason_of_their_days(ask: Ask) -> None:
    """A platform that always states a tenth more than was counted is no reason; a day on which
    nothing at all was counted is there for its counters."""
    rows = ask(
        """SELECT account_id, activity_date, is_inflated, post_count + action_count > 0
        FROM marts.fct_engagement_daily
        WHERE list_contains(inflation_reasons, 'counters_without_events') ORDER BY ALL"""
    )
    days = [FIRST + timedelta(days=day) for day in (COUNTERS_DAY, QUIET_DAY, AFTER_DAY)]
    said = [(False, True), (False, False), (None, False)]
    assert rows == [("islet", day, *told) for day, told in zip(days, said, strict=True)]


def test_days_on_which_nothing_was_counted_have_a_row_for_their_counters_alone(ask: Ask) -> None:
    rows = ask(
        """SELECT DISTINCT inflation_reasons FROM marts.fct_engagement_daily
        WHERE post_count + action_count + follow_count = 0"""
    )
    assert rows == [(["counters_without_events"],)]


def test_followers_jump_again_after_a_jump(ask: Ask) -> None:
    """2,000 bought followers don't make 700 more of them a usual day a week later."""
    rows = ask(
        """SELECT activity_date FROM marts.fct_engagement_daily
        WHERE account_id = 'embassy' AND list_contains(inflation_reasons, 'follower_jump')
        ORDER BY ALL"""
    )
    assert rows == [(FIRST + timedelta(days=day),) for day in (FOLLOWERS_DAY, LATER_JUMP_DAY)]


def test_a_weekend_is_expected_to_be_a_weekend(ask: Ask) -> None:
    ((weekend, weekday),) = ask(
        """SELECT avg(weekday_factor) FILTER (isodow(activity_date) = 7),
        avg(weekday_factor) FILTER (isodow(activity_date) IN (2, 3, 4))
        FROM intermediate.int_series_baselines
        WHERE series = 'action' AND clean_day_count >= 42 AND account_key = 'weibo:embassy'"""
    )
    assert weekend < 0.85 < 1 < weekday


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


def test_a_peak_that_varies_little_is_judged_by_how_little(ask: Ask) -> None:
    """The greatest of many small counts hardly changes from day to day: two more are a surprise."""
    rows = ask(
        """SELECT observed_count, expected_count, expected_variance, volume_chance
        FROM intermediate.int_series_surprises
        WHERE series LIKE 'peak%' AND expected_variance < 0.8 * expected_count
        AND observed_count > expected_count + 0.5 AND volume_chance IS NOT NULL"""
    )
    assert len(rows) >= 5
    observed, mean, variance, chance = np.array(rows, dtype=float).T
    scale = variance / mean
    exact = gammainc((observed - (1 - scale) / 2) / scale, mean / scale)  # a Poisson's tail
    assert np.all(chance >= 0.99 * exact)
    assert np.all(chance <= 1.6 * exact)
    assert np.all(exact < poisson.sf(observed - 1, mean))
