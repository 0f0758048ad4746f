"""What the numbers mean: the facts of the golden days, counted by hand.

Of each row the measures that are not 0 are written down; every other measure must be 0.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.dbt.conftest import Built

Fact = dict[str, Any]

DAY_27, DAY_28, DAY_30 = date(2014, 1, 27), date(2014, 1, 28), date(2014, 1, 30)
CLASSES = ("organic", "incentivised", "coordinated", "ghost", "unassessed")
VERBS = ("like", "share", "comment", "reply", "quote", "follow", "action")
FACTS = ("fct_engagement_daily", "fct_post", "fct_post_engagement_daily")


def counts(**by_class: dict[str, int]) -> dict[str, int]:
    """All measures from the counts of each class; actions are all but the follows."""
    measures: dict[str, int] = {}
    for name, verbs in by_class.items():
        actions = sum(count for verb, count in verbs.items() if verb != "follow")
        for verb, count in [*verbs.items(), ("action", actions)]:
            measures[f"{verb}_count_{name}"] = count
            measures[f"{verb}_count"] = measures.get(f"{verb}_count", 0) + count
    return measures


def test_the_days_of_the_mission(built: Built) -> None:
    facts = built.rows(
        "SELECT * FROM marts.fct_engagement_daily WHERE account_key = 'weibo:golden' ORDER BY 4"
    )
    assert [fact_of(fact, "activity_date", "action_count_per_post") for fact in facts] == [
        {
            "activity_date": DAY_27,
            "post_count": 2,
            "action_count_per_post": 2.5,
            **counts(
                unassessed={"like": 1, "comment": 1},
                incentivised={"like": 1, "share": 1, "comment": 1},
            ),
        },
        {
            "activity_date": DAY_28,
            "action_count_per_post": None,  # an answer is no post, so nothing to divide by
            **counts(
                unassessed={
                    "like": 2,
                    "share": 1,
                    "comment": 1,
                    "reply": 1,
                    "quote": 1,
                    "follow": 1,
                },
                incentivised={"share": 1},
            ),
        },
        {"activity_date": DAY_30, "post_count": 1, "action_count_per_post": 0.0},
    ]
    assert {(f["platform"], f["account_id"], f["is_inflated"]) for f in facts} == {
        ("weibo", "golden", None)
    }


def test_the_posts(built: Built) -> None:
    facts = built.rows(
        "SELECT * FROM marts.fct_post WHERE account_key = 'weibo:golden' ORDER BY post_id"
    )
    said = ("post_id", "text", "campaign", "kind", "first_activity_date", "last_activity_date")
    assert [fact_of(fact, *said) for fact in facts] == [
        post("answer", "thank you", kind="reply"),
        {
            **post("contest", "share to win", "new year", days=(DAY_27, DAY_28)),
            **counts(incentivised={"like": 1, "share": 2, "comment": 1}),
        },
        {
            **post("plain", "second", days=(DAY_27, DAY_28)),
            **counts(unassessed={"like": 3, "share": 1, "comment": 2, "reply": 1, "quote": 1}),
        },
        post("quiet", None),
    ]


def test_the_days_of_the_posts(built: Built) -> None:
    facts = built.rows(
        "SELECT * FROM marts.fct_post_engagement_daily WHERE account_key = 'weibo:golden' "
        "ORDER BY post_key, activity_date"
    )
    assert [fact_of(f, "post_key", "activity_date", "publication_date") for f in facts] == [
        {**day("contest", DAY_27), **counts(incentivised={"like": 1, "share": 1, "comment": 1})},
        {**day("contest", DAY_28), **counts(incentivised={"share": 1})},
        {**day("plain", DAY_27), **counts(unassessed={"like": 1, "comment": 1})},
        {
            **day("plain", DAY_28),
            **counts(unassessed={"like": 2, "share": 1, "comment": 1, "reply": 1, "quote": 1}),
        },
    ]


def test_what_a_platform_states_is_the_last_statement_and_unknown_is_null(built: Built) -> None:
    (stated,) = built.rows(
        "SELECT stated_like_count, stated_share_count, stated_comment_count, stated_view_count "
        "FROM marts.fct_post WHERE post_id = 'plain'"
    )
    assert list(stated.values()) == [9, None, 0, None]


def test_a_deleted_post_keeps_what_it_was(built: Built) -> None:
    (contest,) = built.rows(
        """SELECT language, hashtags, published_at, edited_at IS NULL AS is_unedited,
        strftime(deleted_at AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M') AS deleted
        FROM marts.dim_post WHERE post_id = 'contest'"""
    )
    assert (contest["language"], contest["hashtags"]) == ("en", ["win"])
    assert (contest["deleted"], contest["is_unedited"]) == ("2014-01-29T02:00", True)


def test_what_was_taken_back_is_kept_and_not_counted(built: Built) -> None:
    undone = built.rows(
        "SELECT interaction_id FROM marts.fct_interaction WHERE is_undone ORDER BY ALL"
    )
    assert [row["interaction_id"] for row in undone] == ["f2", "l3"]
    (total,) = built.rows("SELECT count(*) AS n FROM marts.fct_interaction")
    # on the post, on the contest, follows, and the peer's one: each once
    assert total["n"] == 9 + 4 + 2 + 1


@pytest.mark.parametrize("table", FACTS)
def test_the_classes_of_every_measure_add_up(built: Built, table: str) -> None:
    facts = built.rows(f"SELECT * FROM marts.{table}")
    assert facts
    for fact in facts:
        for verb in VERBS:
            whole = fact[f"{verb}_count"]
            assert whole == sum(fact[f"{verb}_count_{name}"] for name in CLASSES)


def test_the_facts_agree_with_each_other(built: Built) -> None:
    for verb in VERBS:
        (totals,) = built.rows(
            f"""SELECT (SELECT sum({verb}_count) FROM marts.fct_engagement_daily) AS by_account,
            (SELECT sum({verb}_count) FROM marts.fct_post) AS by_post,
            (SELECT sum({verb}_count) FROM marts.fct_post_engagement_daily) AS by_day"""
        )
        assert totals["by_post"] == totals["by_day"]
        assert totals["by_account"] == totals["by_post"] + (1 if verb == "follow" else 0)


def fact_of(row: Fact, *always: str) -> Fact:
    """The named columns, and every count that is not 0; stated counts are another matter."""
    measured = {k: v for k, v in row.items() if "_count" in k and "stated" not in k and v}
    measured.pop("action_count_per_post", None)
    return {**{name: row[name] for name in always}, **measured}


def post(
    post_id: str,
    text: str | None,
    campaign: str | None = None,
    kind: str = "original",
    days: tuple[date | None, date | None] = (None, None),
) -> Fact:
    return {
        "post_id": post_id,
        "text": text,
        "campaign": campaign,
        "kind": kind,
        "first_activity_date": days[0],
        "last_activity_date": days[1],
    }


def day(post_id: str, activity_date: date) -> Fact:
    return {
        "post_key": f"weibo:{post_id}",
        "activity_date": activity_date,
        "publication_date": DAY_27,
    }


def test_a_post_of_a_declared_campaign_stands_apart_whatever_it_earned(built: Built) -> None:
    rows = built.rows(
        """SELECT post_key, is_outlier, outlier_score, outlier_reasons FROM marts.fct_post_outlier
        WHERE campaign IS NOT NULL"""
    )
    assert {row["post_key"] for row in rows} >= {"weibo:contest"}
    assert all(row["is_outlier"] and row["outlier_score"] is None for row in rows)  # few posts
    assert {tuple(row["outlier_reasons"]) for row in rows} == {("campaign",)}
