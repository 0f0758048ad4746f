"""What the reports say of the small quarter in `golden_reports`, by hand or by another way."""

from __future__ import annotations

import itertools
from datetime import date
from math import exp, log, sqrt
from statistics import mean, median, variance
from typing import Any

import pytest
from scipy import stats

from tests.dbt.conftest import Built
from tests.dbt.golden_reports import (
    CANADA,
    FOLLOWERS,
    LIKES,
    OWN_AFTER,
    OWN_BEFORE,
    UK,
    US,
    US_AFTER,
    US_BEFORE,
)


def one(built: Built, table: str, **where: object) -> dict[str, Any]:
    """The one row of a report with these values."""
    conditions = " AND ".join(f"{column} = '{value}'" for column, value in where.items())
    (row,) = built.rows(f"SELECT * FROM {table} WHERE {conditions}")
    return row


def test_the_post_with_400_likes_is_the_only_outlier(reports: Built) -> None:
    (outlier,) = reports.rows("SELECT * FROM reporting.rpt_outliers")
    logs = [log(1 + likes) for likes in LIKES]
    middle = median(logs)
    spread = median(abs(x - middle) for x in logs)
    assert outlier["post_key"] == "mastodon:loud-12"
    assert outlier["outlier_reasons"] == ["robust_score"]
    assert outlier["outlier_score"] == pytest.approx(0.6745 * (log(401) - middle) / spread)
    assert outlier["outlier_score"] == pytest.approx(6.81, abs=0.01)
    assert outlier["action_share"] == pytest.approx(400 / 466)
    few = reports.rows("SELECT * FROM marts.fct_post_outlier WHERE account_key = 'mastodon:quiet'")
    assert {(post["is_outlier"], post["outlier_score"]) for post in few} == {(None, None)}


def test_the_period_with_and_without_the_outlier(reports: Built) -> None:
    whole = one(
        reports, "reporting.rpt_actions_trend", account_key="mastodon:loud", period_length="all"
    )
    assert (whole["post_count"], whole["outlier_post_count"]) == (12, 1)
    assert (whole["action_count"], whole["action_count_without_outliers"]) == (466, 66)
    assert whole["published_action_count_per_post_without_outliers"] == 6.0
    week = one(
        reports,
        "reporting.rpt_actions_trend",
        account_key="mastodon:loud",
        period_length="week",
        period_start_date="2014-01-06",
    )
    assert (week["post_count"], week["action_count"]) == (7, 6 + 7 + 8 + 9 + 10 + 11 + 400)
    assert week["last_date"] == date(2014, 1, 12)


def test_concentration(reports: Built) -> None:
    row = one(reports, "reporting.rpt_concentration", account_key="mastodon:loud", period="all")
    assert row["top_post_key"] == "mastodon:loud-12"
    assert row["top_post_share"] == pytest.approx(400 / 466)
    assert row["top_10_share"] == pytest.approx(463 / 466)
    pairs = sum(abs(a - b) for a in LIKES for b in LIKES)
    assert row["post_gini"] == pytest.approx(pairs / (2 * 12 * 466))
    none = one(reports, "reporting.rpt_concentration", account_key="mastodon:quiet", period="all")
    assert (none["top_post_share"], none["post_gini"]) == (None, None)


def test_themes_languages_weekdays_and_hours(reports: Built) -> None:
    def value(dimension: str, name: str) -> dict[str, Any]:
        return one(
            reports,
            "reporting.rpt_what_works",
            account_key="mastodon:loud",
            dimension=dimension,
            value=name,
        )

    assert value("theme", "news")["action_count"] == 1 + 2 + 3 + 4 + 5 + 6
    unmatched = value("theme", "unmatched")
    assert (unmatched["post_share"], unmatched["median_action_count"]) == (0.5, 9.5)
    assert unmatched["action_count_per_post_without_outliers"] == (7 + 8 + 9 + 10 + 11) / 5
    english = value("language", "en")
    assert (english["action_count"], english["action_count_per_post_without_outliers"]) == (
        400,
        None,
    )
    assert value("weekday", "Sunday")["action_count"] == 5 + 400
    assert value("hour", "10")["post_count"] == 12
    (health,) = reports.rows(
        "SELECT value FROM reporting.rpt_data_health "
        "WHERE aspect = 'themed' AND subject = 'mastodon:loud'"
    )
    assert health["value"] == 0.5


def test_which_comments_were_answered_by_whom_and_when(reports: Built) -> None:
    comments = reports.rows(
        """SELECT split_part(interaction_key, ':', 3) AS name, is_answered, answer_seconds,
        answered_by_account_key AS by, thread_depth AS depth, thread_reply_count AS replies
        FROM marts.fct_reply ORDER BY ALL"""
    )
    chat = "mastodon:chat"
    assert [tuple(comment.values()) for comment in comments] == [
        ("answered", True, 3_600, chat, 2, 2),
        ("by-post", True, 7_200, chat, 2, 1),
        ("late", True, 86_400, chat, 2, 1),
        ("stranger", False, None, None, 2, 1),
        ("threaded", False, None, None, 3, 2),
    ]


def test_the_conversation_and_its_queue(reports: Built) -> None:
    row = one(reports, "reporting.rpt_conversation", account_key="mastodon:chat", period="2014-01")
    assert (row["comment_count"], row["answered_comment_count"]) == (5, 3)
    assert (row["unanswered_comment_count"], row["answered_share"]) == (2, 0.6)
    assert (row["median_answer_seconds"], row["p90_answer_seconds"]) == (7_200, 70_560)
    assert (row["deepest_thread_depth"], row["deep_thread_share"]) == (3, 0.2)
    queue = reports.rows("SELECT * FROM reporting.rpt_unanswered ORDER BY interaction_key")
    assert [waiting["interaction_key"] for waiting in queue] == [
        "mastodon:comment:stranger",
        "mastodon:comment:threaded",
    ]
    assert {waiting["waiting_days"] for waiting in queue} == {89}


def test_the_reach_of_an_account_whose_followers_were_seen(reports: Built) -> None:
    row = one(reports, "reporting.rpt_real_reach", account_key="mastodon:chat")
    assert row["ghost_share_low"] < row["ghost_share"] < row["ghost_share_high"]
    assert row["ghost_share"] == pytest.approx(3 / 12, abs=0.06)  # three of twelve were bought
    assert row["real_reach"] == pytest.approx(13 * (1 - row["ghost_share"]))
    assert row["real_reach_low"] == pytest.approx(13 * (1 - row["ghost_share_high"]))
    days = reports.rows("FROM marts.fct_account_daily WHERE account_key = 'mastodon:chat'")
    assert [(d["assessed_follower_count"], d["unassessed_follower_count"]) for d in days] == [
        (12, 1)
    ]


def test_modes(reports: Built) -> None:
    modes = reports.rows(
        "SELECT account_key, month, mode, is_moving FROM reporting.rpt_mode "
        "WHERE account_key LIKE 'mastodon:%' ORDER BY ALL"
    )
    assert [next(iter(row.values()))[9:] + " " + str(row["month"]) for row in modes] == [
        *("chat 2014-01", "loud 2014-01", "mute 2014-01", "mute 2014-02", "mute 2014-03"),
        *("quiet 2014-01", "quiet 2014-02", "quiet 2014-03"),
    ]
    assert [row["mode"] for row in modes] == [
        *("forum", "broadcast", "broadcast", "silent", "broadcast"),
        *("listening post",) * 3,
    ]
    assert [row["is_moving"] for row in modes] == [None, None, None, True, True, None, False, False]


def test_the_league(reports: Built) -> None:
    rows = reports.rows("SELECT * FROM reporting.rpt_peer_league ORDER BY follower_rank")
    assert [row["account_id"] for row in rows] == [US, CANADA, UK]
    us, canada, uk = rows
    posts = sum(OWN_BEFORE + OWN_AFTER)
    assert (canada["post_count"], canada["action_count"]) == (posts, 14)
    assert canada["action_count_per_1k_followers"] == pytest.approx(1000 * 14 / 1427)
    assert canada["action_count_per_post_and_1k_followers"] == pytest.approx(14_000 / 1427 / posts)
    assert (us["action_count"], uk["action_count"]) == (0, None)
    assert [row["engagement_rank"] for row in rows] == [2, 1, None]
    assert {row["real_reach"] for row in rows} == {None}


def test_the_jump_of_followers(reports: Built) -> None:
    rows = reports.rows(
        "SELECT * FROM reporting.rpt_follower_growth "
        f"WHERE account_key = 'weibo:{CANADA}' ORDER BY observation_date"
    )
    assert [row["observation_date"].day for row in rows if row["is_jump"]] == [10]
    growth = [log((1 + b) / (1 + a)) for a, b in itertools.pairwise(FOLLOWERS)]
    spread = median(abs(g - median(growth)) for g in growth)
    assert rows[9]["growth_score"] == pytest.approx(0.6745 * (growth[8] - median(growth)) / spread)
    assert (rows[0]["is_jump"], rows[0]["follower_change_count"]) == (None, None)


def test_the_event_against_peers_with_an_interval(reports: Built) -> None:
    row = one(
        reports,
        "reporting.rpt_event_effect",
        event_id="speech-2014-02-09",
        account_key=f"weibo:{CANADA}",
        measure="post",
    )
    assert (row["before_days"], row["after_days"], row["peer_count"]) == (10, 10, 1)
    assert (row["before_per_day"], row["after_per_day"]) == (mean(OWN_BEFORE), mean(OWN_AFTER))
    own = [log(1 + x) for x in OWN_BEFORE], [log(1 + x) for x in OWN_AFTER]
    peers = [log(1 + x) for x in US_BEFORE], [log(1 + x) for x in US_AFTER]
    against = tuple(
        [x - y for x, y in zip(a, b, strict=True)] for a, b in zip(own, peers, strict=True)
    )
    names = ("ratio", "ratio_low", "ratio_high")
    assert [row[f"change_{name}"] for name in names] == pytest.approx(_welch(*own), rel=0.01)
    assert [row[f"effect_{name}"] for name in names] == pytest.approx(_welch(*against), rel=0.01)
    assert row["effect_ratio"] < row["change_ratio"]


def _welch(before: list[float], after: list[float]) -> list[float]:
    """Change and 95 % interval as ratios less 1, by scipy's t and the textbook's formulas."""
    residuals = [[x - mean(side) for x in side] for side in (before, after)]
    products = sum(a * b for side in residuals for a, b in itertools.pairwise(side))
    rho = max(0.0, products / sum(a * a for side in residuals for a in side))
    days = [max(2.0, len(side) * (1 - rho) / (1 + rho)) for side in (before, after)]
    errors = [variance(side) / n for side, n in zip((before, after), days, strict=True)]
    df = sum(errors) ** 2 / sum(e**2 / (n - 1) for e, n in zip(errors, days, strict=True))
    change = mean(after) - mean(before)
    margin = stats.t.ppf(0.975, df) * sqrt(sum(errors))
    return [exp(change + sign * margin) - 1 for sign in (0, -1, 1)]


def test_whom_we_follow_and_who_follows_back(reports: Built) -> None:
    row = one(reports, "reporting.rpt_following", account_key=f"weibo:{CANADA}")
    assert (row["followed_official_count"], row["mutual_official_count"]) == (2, 1)
    assert (row["followed_back_share"], row["official_follower_count"]) == (0.5, 1)
    assert row["followers_per_following"] == 142.7
    unknown = one(reports, "reporting.rpt_following", account_key="mastodon:mute")
    assert unknown["followed_official_count"] is None
    assert unknown["stated_following_count"] is None


def test_the_register_as_far_as_the_data_reaches(reports: Built) -> None:
    assert reports.rows("SELECT as_of_date FROM marts.dim_horizon") == [
        {"as_of_date": date(2014, 3, 31)}
    ]
    canada = one(reports, "reporting.rpt_register", account_key=f"weibo:{CANADA}")
    assert (canada["is_registered"], canada["silent_days"], canada["is_silent"]) == (True, 41, True)
    us = one(reports, "reporting.rpt_register", account_key=f"weibo:{US}")
    assert (us["is_new"], us["is_observed"]) == (True, True)
    uk = one(reports, "reporting.rpt_register", account_key=f"weibo:{UK}")
    assert (uk["is_new"], uk["is_silent"]) == (None, None)
    never = one(reports, "reporting.rpt_register", account_key="weibo:koreaembassy-beijing")
    assert (never["is_registered"], never["is_observed"]) == (True, False)
    coverage = one(reports, "reporting.rpt_register_coverage", platform="weibo")
    assert (coverage["registered_count"], coverage["registered_and_observed_count"]) == (8, 3)
    (elsewhere,) = reports.rows(
        "SELECT * FROM reporting.rpt_register_coverage WHERE platform = 'mastodon'"
    )
    assert (elsewhere["observed_count"], elsewhere["observed_registered_share"]) == (4, 0.0)
    assert one(reports, "marts.dim_event", event_id="speech-2014-02-09")["opened_after_count"] == 1


def test_where_posts_lead(reports: Built) -> None:
    rows = reports.rows("SELECT * FROM reporting.rpt_reading_depth ORDER BY address")
    blog, second, other = rows
    assert (blog["host"], blog["post_count"], blog["stated_view_count"]) == (
        "blog.example",
        2,
        2_500,
    )
    assert (blog["stated_link_click_count"], blog["clicks_per_1k_views"]) == (50, 25.0)
    assert (second["stated_link_click_count"], other["clicks_per_1k_views"]) == (None, None)
    assert {row["page_read_count"] for row in rows} == {None}
