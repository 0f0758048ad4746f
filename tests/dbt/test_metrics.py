"""Each metric of the semantic layer, asked with `mf query`, says what the marts say."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.suites.measures import CLASSED_MEASURES, CLASSES, MEASURES
from tests.dbt.conftest import DBT, DBT_PROJECT, Built

Rows = dict[str, dict[str, float | None]]

STATED = ("stated_follower_count", "stated_following_count", "stated_post_count")
EARNED = ("action_count", "like_count", "share_count", "comment_count")
OF_POSTS = [name for name in (*MEASURES, *CLASSED_MEASURES) if not name.startswith("follow_")]
OF_FOLLOWERS = ("assessed_follower_count", "unassessed_follower_count", "real_reach")
RECONCILED = ("like", "share", "comment")
POSTS = "marts.fct_post WHERE kind <> 'reply'"
LATEST = """(SELECT account_key, max_by(COLUMNS('^stated_.*_count$'), observation_date)
    FROM (SELECT account_key, observation_date, COLUMNS('^stated_.*_count$')
          FROM marts.fct_account_daily) GROUP BY account_key)"""
LAST_DAY = """(FROM marts.fct_account_daily
    QUALIFY observation_date = max(observation_date) OVER (PARTITION BY account_key))"""

MARTS: dict[str, tuple[str, str]] = {
    **{
        name: (f"sum({name})", "marts.fct_engagement_daily")
        for name in ("post_count", *MEASURES, *CLASSED_MEASURES)
    },
    **{
        f"{name}_share": (
            f"sum(action_count_{name}) / nullif(sum(action_count), 0)",
            "marts.fct_engagement_daily",
        )
        for name in CLASSES
    },
    "action_count_per_active_post": (
        "sum(action_count) / nullif(sum(post_count), 0)",
        "marts.fct_engagement_daily",
    ),
    "published_post_count": ("count(*)", POSTS),
    "own_reply_count": ("count(*)", "marts.fct_post WHERE kind = 'reply'"),
    **{f"published_{name}": (f"sum({name})", POSTS) for name in OF_POSTS},
    **{f"{name}_per_post": (f"sum({name}) / count(*)", POSTS) for name in EARNED},
    **{
        f"post_day_{name}": (f"sum({name})", "marts.fct_post_engagement_daily") for name in OF_POSTS
    },
    **{
        f"stated_{verb}_count": (f"sum(stated_{verb}_count)", "marts.fct_post")
        for verb in ("like", "share", "comment", "view")
    },
    **{name: (f"any_value({name})", LATEST) for name in STATED},
    **{name: (f"any_value({name})", LAST_DAY) for name in OF_FOLLOWERS},
    "follower_ghost_share": ("any_value(ghost_share)", LAST_DAY),
    **{
        f"reconciled_{verb}_count": (
            "sum(counted_count)",
            f"reporting.rpt_reconciliation WHERE verb = '{verb}' AND stated_count IS NOT NULL",
        )
        for verb in RECONCILED
    },
    **{
        f"{verb}_coverage": (
            "sum(counted_count) / nullif(sum(stated_count), 0)",
            f"reporting.rpt_reconciliation WHERE verb = '{verb}'",
        )
        for verb in RECONCILED
    },
    **{
        name: (f"sum({name})", "marts.fct_counter_reconciliation")
        for name in (
            *("statement_count", "repeated_statement_count"),
            *(f"highest_stated_{verb}_count" for verb in RECONCILED),
            *(f"{verb}_drop_count" for verb in RECONCILED),
        )
    },
    "followers_per_following": ("any_value(followers_per_following)", "reporting.rpt_following"),
    "action_count_per_1k_followers": (
        "1000 * sum(action_count) / any_value(stated_follower_count)",
        f"{LATEST} JOIN (SELECT account_key, action_count FROM {POSTS}) USING (account_key)",
    ),
    "answerable_comment_count": ("count(*)", "marts.fct_reply"),
    "thread_reply_count": ("sum(thread_reply_count)", "marts.fct_reply"),
    "assessable_comment_count": ("count(is_answered)", "marts.fct_reply"),
    **{
        name: (f"any_value({name})", "reporting.rpt_conversation WHERE period = 'all'")
        for name in (
            "answered_comment_count",
            "unanswered_comment_count",
            "answered_share",
            "median_answer_seconds",
            "p90_answer_seconds",
            "mean_thread_depth",
        )
    },
}
"""How the marts say each metric of an account: an expression, and what it is taken from."""


@pytest.fixture(scope="module")
def project(reports: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, parsed: where `mf` may write."""
    project = tmp_path_factory.mktemp("metrics") / "dbt_project"
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    _run(reports, project, DBT, "--quiet", "parse", "--profiles-dir", ".")
    return project


@pytest.fixture(scope="module")
def asked(reports: Built, project: Path) -> tuple[set[str], Rows]:
    """Names of all metrics, and what `mf query` answers of each account."""
    manifest = json.loads((project / "target" / "semantic_manifest.json").read_bytes())
    names = {metric["name"] for metric in manifest["metrics"]}
    return names, _by_key(*_query(reports, project, names, "account"))


def _query(
    built: Built, project: Path, metrics: Iterable[str], *groups: str
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """What `mf query` answers: the names of its columns, the groups first, and its rows."""
    answer = project / "answer.csv"
    mf = Path(sys.executable).with_name("mf")
    asked = ["--metrics", ",".join(sorted(metrics)), "--group-by", ",".join(groups)]
    _run(built, project, mf, "query", *asked, "--csv", answer)
    with duckdb.connect() as database:
        said = database.read_csv(str(answer))
        return said.columns, said.fetchall()


def _run(built: Built, project: Path, *command: str | Path) -> None:
    environment = {**os.environ, "ATTACHE_WAREHOUSE": str(built.settings.warehouse)}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _by_key(columns: list[str], rows: list[tuple[Any, ...]]) -> Rows:
    return {
        row[0]: {
            name: None if value is None else float(value)
            for name, value in zip(columns[1:], row[1:], strict=True)
        }
        for row in rows
    }


def test_every_metric_is_compared_and_every_measure_has_one(asked: tuple[set[str], Rows]) -> None:
    assert asked[0] == set(MARTS)
    assert set(MEASURES) | set(CLASSED_MEASURES) <= asked[0]


@pytest.mark.parametrize("metric", sorted(MARTS))
def test_the_metric_and_the_mart_agree(
    metric: str, reports: Built, asked: tuple[set[str], Rows]
) -> None:
    expression, source = MARTS[metric]
    rows = reports.rows(f"SELECT account_key, {expression} AS value FROM {source} GROUP BY ALL")
    mart = {row["account_key"]: row["value"] for row in rows if row["value"] is not None}
    said = {name: row[metric] for name, row in asked[1].items() if row[metric] is not None}
    zero = {name for name, value in said.items() if value == 0 and name not in mart}
    if metric != "own_reply_count":  # the sum over no reply is 0 for MetricFlow, no row for SQL
        zero = set()
    assert {n: v for n, v in said.items() if n not in zero} == pytest.approx(mart, rel=1e-9)
    assert mart, "nothing to compare"


def test_what_a_post_earned_on_a_day_is_the_same_by_metric_and_by_mart(
    reports: Built, project: Path
) -> None:
    metrics = [f"post_day_{name}" for name in OF_POSTS]
    columns, rows = _query(reports, project, metrics, "post", "metric_time__day")
    by_name = [dict(zip(columns, row, strict=True)) for row in rows]
    said = {
        (row["post"], row["metric_time__day"].date()): [row[name] for name in metrics]
        for row in by_name
    }
    assert said == {
        (row["post_key"], row["activity_date"]): [row[name] for name in OF_POSTS]
        for row in reports.rows("FROM marts.fct_post_engagement_daily")
    }
    assert len(said) > 12
