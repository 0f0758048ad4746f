"""Checks of inflated days: they never hide a number; the policy says what follows from them."""

from __future__ import annotations

from collections.abc import Sequence

from expectations.checks import Check
from expectations.suites.shape import key_text
from ingestion.contracts.validation import sql_text

IS_NOT_INFLATED = "fct_engagement_daily_is_not_inflated"
DAY_SHARE = "fct_engagement_daily_day_share_is_bounded"
RECENT_SHARE = "fct_engagement_daily_recent_share_is_bounded"
RECENT_DAYS = 28

_FALSE = """action_count_ghost + action_count_coordinated + follow_count_ghost
    + follow_count_coordinated"""
_ALL = "action_count + follow_count"


def is_not_inflated(key: tuple[str, ...]) -> Check:
    """Two independent reasons, by the macro `inflation_rules`."""
    return Check(
        check_id=IS_NOT_INFLATED,
        table="marts.fct_engagement_daily",
        description="No day of an account was inflated. One that was is published as such, "
        "with its reasons.",
        offenders=f"""
            select {key_text(key)} as key, array_to_string(inflation_reasons, ', ') as detail
            from marts.fct_engagement_daily where is_inflated order by key""",
    )


def day_share_is_bounded(key: tuple[str, ...], share: float) -> Check:
    """Of an inflated day, the part that is known to be by ghosts or lockstep groups."""
    return Check(
        check_id=DAY_SHARE,
        table="marts.fct_engagement_daily",
        description=f"Of no inflated day more than {share:.0%} of the actions and follows are by "
        "ghosts or in lockstep.",
        offenders=f"""
            select {key_text(key)} as key,
                   {_FALSE} || ' of ' || {_ALL} || ' by ghosts or in lockstep' as detail
            from marts.fct_engagement_daily
            where is_inflated and {_FALSE} > {share!r} * ({_ALL}) order by key""",
    )


def recent_share_is_bounded(
    key: tuple[str, ...], share: float, overridden: Sequence[str] = ()
) -> Check:
    """Of all accounts' last days together: four weeks, so that a long past thins out nothing.

    Args:
        overridden: keys of inflated days that a person answers for.
    """
    let_pass = ", ".join(sql_text(day) for day in overridden) or "''"
    return Check(
        check_id=RECENT_SHARE,
        table="marts.fct_engagement_daily",
        description=f"Of the last {RECENT_DAYS} days of all accounts together, at most {share:.0%} "
        "of the actions and follows are by ghosts or in lockstep on inflated days that nobody "
        "answers for.",
        offenders=f"""
            with totals as (
                select coalesce(sum({_FALSE}) filter (
                           is_inflated and {key_text(key)} not in ({let_pass})), 0) as false_count,
                       sum({_ALL}) as all_count
                from marts.fct_engagement_daily
                where activity_date > (select max(as_of_date) from marts.dim_horizon)
                    - {RECENT_DAYS})
            select 'the last {RECENT_DAYS} days' as key,
                   false_count || ' of ' || all_count || ' on inflated days' as detail
            from totals where false_count > {share!r} * all_count""",
    )
