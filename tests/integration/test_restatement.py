"""A published figure that changes leaves a restatement: once, whoever is killed, and for good.

The warehouses here are made by plain SQL: what publishing reads, and a few days of two accounts.
"""

from __future__ import annotations

import signal
from datetime import UTC, date, datetime
from typing import Any

import pytest

from publication.publish import publish
from publication.query import query
from runtime.run import Run
from runtime.settings import Settings
from tests.processes import python
from tests.publishing import PUBLISHER, RUN, execute, make_state

Days = dict[tuple[str, str], tuple[int, int]]
LATER = Run("scheduled__2", datetime(2014, 4, 7, tzinfo=UTC))
OURS, PEER = "weibo:ours", "weibo:peer"
FIRST: Days = {
    (OURS, "2014-01-27"): (2, 10),
    (OURS, "2014-01-28"): (0, 5),
    (PEER, "2014-01-29"): (1, 1),
}
ALL = "SELECT * EXCLUDE (account_key, post_key, fact) FROM fct_restatement ORDER BY ALL"


def test_a_first_publication_restates_nothing(settings: Settings) -> None:
    _publish(settings, 1, FIRST)
    assert _restated(settings) == []
    assert publish(settings, RUN).row_counts["marts.fct_restatement"] == 0


def test_a_late_event_of_a_day_that_was_over_leaves_old_value_new_value_version_and_run(
    settings: Settings,
) -> None:
    _publish(settings, 1, FIRST)
    _publish(settings, 2, FIRST | {(OURS, "2014-01-27"): (2, 11)}, run=LATER)
    assert query(settings, "FROM fct_restatement ORDER BY measure").rows == [
        (
            *("fct_engagement_daily", OURS, None, date(2014, 1, 27), measure),
            *(old, new, "late_events", 1, 2, LATER.run_id, LATER.logical_at),
        )
        for measure, old, new in [("like_count", 10, 11), ("like_count_per_post", 5, 5.5)]
    ]


def test_each_cause_is_told_from_the_others(settings: Settings) -> None:
    _publish(settings, 1, FIRST)
    _publish(settings, 2, FIRST | {(PEER, "2014-01-29"): (1, 2)})
    _publish(settings, 3, FIRST)
    changed: Days = FIRST | {(OURS, "2014-01-28"): (0, 6)}
    _publish(settings, 4, changed, models="edited", last_batch_id=3)
    _publish(settings, 5, FIRST, models="edited again")
    likes = [row for row in _restated(settings) if row[1] == "like_count"]
    assert [(row[0], *row[2:]) for row in likes] == [
        ("29", 1, 2, "open_day", 2),  # the last day that the data reached
        ("29", 2, 1, "correction", 3),
        ("28", 5, 6, "new_rule", 4),
        ("28", 6, 5, "new_rule_or_events", 5),
    ]


def test_a_day_without_a_row_was_published_as_zero_where_the_data_reached_it(
    settings: Settings,
) -> None:
    _publish(settings, 1, FIRST)
    come: Days = {
        (OURS, "2014-01-26"): (1, 0),
        (OURS, "2014-01-30"): (1, 7),  # nobody had said anything of the 30th
        ("weibo:newcomer", "2014-01-26"): (1, 7),  # nor of this account
    }
    _publish(settings, 2, FIRST | come)
    _publish(settings, 3, FIRST)
    gone = [("like_count", 7, 0), ("like_count_per_post", 7, None), ("post_count", 1, 0)]
    assert _restated(settings) == [
        ("26", "like_count_per_post", None, 0, "late_events", 2),
        ("26", "post_count", 0, 1, "late_events", 2),
        *(("26", *changed, "correction", 3) for changed in gone),
        ("26", "like_count_per_post", 0, None, "correction", 3),
        ("26", "post_count", 1, 0, "correction", 3),
        *(("30", *changed, "correction", 3) for changed in gone),
    ]


def test_days_of_posts_and_observations_are_compared_as_well(settings: Settings) -> None:
    def publish_with(state: int, plain: int, newer: int, followers: str) -> None:
        _make(settings, state, FIRST)
        execute(
            settings,
            f"""CREATE OR REPLACE TABLE marts.dim_post AS
                SELECT unnest(['weibo:plain', 'weibo:newer'][:{state}]) AS post_key;
            CREATE OR REPLACE TABLE marts.fct_post_engagement_daily AS
                SELECT * FROM (VALUES
                    ('weibo:plain', '{OURS}', date '2014-01-27', {plain}::BIGINT),
                    ('weibo:newer', '{OURS}', date '2014-01-27', {newer}))
                    AS v (post_key, account_key, activity_date, like_count)
                WHERE like_count > 0;
            CREATE OR REPLACE TABLE marts.fct_account_daily AS
                SELECT '{OURS}' AS account_key, date '2014-01-27' + day AS observation_date,
                    stated_follower_count::BIGINT AS stated_follower_count
                FROM (VALUES {followers}) AS v (day, stated_follower_count)""",
        )
        assert publish(settings, RUN).version == state

    publish_with(1, 3, 0, "(1, 500)")
    publish_with(2, 4, 7, "(0, 490), (1, 480), (9, 470)")
    restated = query(
        settings,
        """SELECT fact, post_key, strftime(activity_date, '%d'), old_value, new_value, cause
        FROM fct_restatement ORDER BY ALL""",
    ).rows
    assert restated == [
        ("fct_account_daily", None, "27", None, 490, "late_events"),
        ("fct_account_daily", None, "28", 500, 480, "late_events"),  # a later reading
        # nothing had been said of the newer post, nor of the 5th of February
        ("fct_post_engagement_daily", "weibo:plain", "27", 3, 4, "late_events"),
    ]


def test_a_post_that_grows_is_told_from_one_that_was_over(settings: Settings) -> None:
    def publish_with(state: int, posts: str) -> None:
        _make(settings, state, FIRST)
        execute(
            settings,
            f"""CREATE OR REPLACE TABLE marts.dim_post AS
                SELECT unnest(['weibo:old', 'weibo:hot', 'weibo:fell']) AS post_key;
            CREATE OR REPLACE TABLE marts.fct_post AS
                SELECT 'weibo:' || post AS post_key, '{OURS}' AS account_key,
                    date '2014-01-20' AS publication_date, last::DATE AS last_activity_date,
                    likes::BIGINT AS like_count, stated::BIGINT AS stated_like_count,
                    timestamptz '2014-01-22 00:00:00+00' AS stated_at
                FROM (VALUES {posts}) AS v (post, last, likes, stated)""",
        )
        assert publish(settings, RUN).version == state

    publish_with(
        1, "('old', '2014-01-21', 1, NULL), ('hot', '2014-01-29', 5, 5), ('fell', NULL, 9, 9)"
    )
    publish_with(
        2, "('old', '2014-01-21', 2, 7), ('hot', '2014-01-30', 6, 5), ('fell', NULL, 9, 8)"
    )
    assert query(
        settings,
        """SELECT post_key, strftime(activity_date, '%d'), measure, old_value, new_value, cause
        FROM fct_restatement WHERE fact = 'fct_post' ORDER BY ALL""",
    ).rows == [
        ("weibo:fell", "20", "stated_like_count", 9, 8, "correction"),
        ("weibo:hot", "20", "like_count", 5, 6, "open_day"),  # FIRST reaches the 29th
        ("weibo:old", "20", "like_count", 1, 2, "late_events"),
        ("weibo:old", "20", "stated_like_count", None, 7, "late_events"),
    ]


def test_restatements_outlive_a_warehouse_and_a_version_that_changes_nothing(
    settings: Settings,
) -> None:
    _publish(settings, 1, FIRST)
    _publish(settings, 2, FIRST | {(OURS, "2014-01-27"): (2, 11)})
    before = query(settings, ALL).rows
    assert len(before) == 2
    settings.warehouse.unlink()
    _publish(settings, 3, FIRST | {(OURS, "2014-01-27"): (2, 11)})
    assert query(settings, ALL).rows == before
    assert not publish(settings, LATER).is_new
    assert query(settings, ALL).rows == before


@pytest.mark.parametrize(
    ("seam", "version"),
    [
        ("while the version is copied", 2),
        ("before it is served", 3),  # a file that nobody was served is no version to restate from
        ("between file and manifest", 2),
    ],
)
def test_a_kill_leaves_no_restatement_half_and_none_twice(
    settings: Settings, seam: str, version: int
) -> None:
    _publish(settings, 1, FIRST)
    _make(settings, 2, FIRST | {(OURS, "2014-01-27"): (2, 11)})
    with python(settings, PUBLISHER, seam) as publisher:
        publisher.communicate()
    assert publisher.returncode == -signal.SIGKILL
    publish(settings, RUN)
    publish(settings, RUN)
    assert _restated(settings) == [
        ("27", "like_count", 10, 11, "late_events", version),
        ("27", "like_count_per_post", 5, 5.5, "late_events", version),
    ]


def test_a_version_of_an_earlier_release_is_compared_by_what_both_have(settings: Settings) -> None:
    _make(settings, 1, FIRST)
    execute(settings, "ALTER TABLE marts.fct_engagement_daily DROP COLUMN like_count_per_post")
    publish(settings, RUN)
    _publish(settings, 2, FIRST | {(OURS, "2014-01-27"): (2, 11)})
    assert [row[1] for row in _restated(settings)] == ["like_count"]


def _publish(settings: Settings, state: int, days: Days, run: Run = RUN, **built: Any) -> None:
    _make(settings, state, days, **built)
    assert publish(settings, run).version == state


def _make(
    settings: Settings,
    state: int,
    days: Days,
    models: str = "as they were",
    last_batch_id: int | None = None,
) -> None:
    """A build that passed its checks: posts and likes of accounts and days."""
    added = {"models_digest": "VARCHAR", "last_batch_id": "BIGINT"}
    if settings.warehouse.exists():
        for name in added:
            execute(settings, f"ALTER TABLE ops.ops_builds DROP COLUMN IF EXISTS {name}")
    make_state(settings, state)
    for name, kind in added.items():
        execute(settings, f"ALTER TABLE ops.ops_builds ADD COLUMN {name} {kind}")
    batch = state if last_batch_id is None else last_batch_id
    values = ", ".join(
        f"('{account}', date '{day}', {posts}, {likes}, {likes} / nullif({posts}, 0))"
        for (account, day), (posts, likes) in days.items()
    )
    execute(
        settings,
        f"""UPDATE ops.ops_builds SET models_digest = '{models}', last_batch_id = {batch};
        CREATE OR REPLACE TABLE marts.fct_engagement_daily AS SELECT * FROM (VALUES {values}) AS
            v (account_key, activity_date, post_count, like_count, like_count_per_post);
        CREATE OR REPLACE TABLE marts.dim_account AS
            SELECT DISTINCT account_key FROM marts.fct_engagement_daily;
        CREATE OR REPLACE TABLE marts.dim_horizon AS
            SELECT max(activity_date) AS as_of_date FROM marts.fct_engagement_daily""",
    )


def _restated(settings: Settings) -> list[tuple[Any, ...]]:
    """Day, measure, old, new, cause, version; by version, account, day and measure."""
    return query(
        settings,
        """SELECT strftime(activity_date, '%d'), measure, old_value, new_value, cause, version
        FROM fct_restatement
        ORDER BY version, account_key, activity_date, measure""",
    ).rows
