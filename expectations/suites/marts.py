"""What must hold of the marts: whole keys, known references, sums that add up, promised names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from expectations.checks import Check
from expectations.policy import Policy
from expectations.suites import inflation, laws, shape
from expectations.suites.grains import declared_grains

KEYED = (
    *("dim_account", "dim_post", "dim_date", "dim_platform", "fct_interaction", "fct_post"),
    *("fct_engagement_daily", "fct_post_engagement_daily", "fct_account_daily"),
)
"""Marts whose keys are checked one by one; those of all other tables in one check."""
KEYS = {table: declared_grains()[table].key for table in KEYED}
"""The columns that say which row a row is: the grain of each mart."""
HISTORY = {f"marts.{table}" for table in KEYS}
"""Tables that only grow. A queue, or a report of outliers, may well be shorter next time."""

ACCOUNT_REFERENCES = ("dim_post", "fct_interaction", "fct_engagement_daily", "fct_account_daily")
POST_REFERENCES = ("fct_interaction", "fct_post", "fct_post_engagement_daily")
MEASURED = ("fct_post", "fct_post_engagement_daily", "fct_engagement_daily")


def marts_checks(
    policy: Policy, published: Mapping[str, int], overridden_days: Sequence[str] = ()
) -> list[Check]:
    """The checks of the marts.

    Args:
        published: rows of each table in the last published version; empty where there is none.
        overridden_days: keys of inflated days that a named person answers for.
    """
    drop = policy.limit("marts_rows_have_not_dropped")
    history = {table: rows for table, rows in published.items() if table in HISTORY}
    return [
        shape.promised_columns(),
        *(shape.key_is_whole(table, key) for table, key in KEYS.items()),
        shape.keys_are_whole({t: g for t, g in declared_grains().items() if t not in KEYS}),
        *(shape.reference_is_known(table, KEYS[table], "account") for table in ACCOUNT_REFERENCES),
        *(shape.reference_is_known(table, KEYS[table], "post") for table in POST_REFERENCES),
        *(laws.counts_are_not_negative(table, KEYS[table]) for table in MEASURED),
        *(laws.classes_add_up(table, KEYS[table]) for table in MEASURED),
        *(laws.verbs_add_up(table, KEYS[table]) for table in MEASURED),
        *(laws.reconciles_with_interactions(table, KEYS[table]) for table in MEASURED),
        shape.rows_have_not_dropped(history, drop),
        laws.counted_covers_stated(policy.limit("fct_post_counted_covers_stated")),
        laws.sources_agree(),
        inflation.is_not_inflated(KEYS["fct_engagement_daily"]),
        inflation.day_share_is_bounded(
            KEYS["fct_engagement_daily"], policy.limit(inflation.DAY_SHARE)
        ),
        inflation.recent_share_is_bounded(
            KEYS["fct_engagement_daily"], policy.limit(inflation.RECENT_SHARE), overridden_days
        ),
    ]
