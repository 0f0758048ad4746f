"""From a figure back to its records: the golden days, landed without a broker, published twice."""

from __future__ import annotations

import json
from datetime import date, datetime

import duckdb
import pytest
from typer.testing import CliRunner

from attache.build import build
from attache.cli import app
from attache.explain import explain
from expectations.ledger import TABLES
from ingestion.warehouse import open_warehouse
from publication.publish import publish
from runtime.errors import AttacheError, WrongUseError
from runtime.run import Run
from runtime.settings import Settings
from tests.dbt.golden import act, first_events, late_events
from tests.landed import land_events
from tests.samples import JSON

FACT, ACCOUNT = "fct_engagement_daily", "weibo:golden"
DAY, NEXT_DAY = date(2014, 1, 27), date(2014, 1, 28)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The second version has a comment more of the 27th, and a like less of the 28th.

    Since then another like was landed, and a comment again: both records are in no version.
    """
    settings = Settings(home=tmp_path_factory.mktemp("explained"))
    _publish(settings, _run(1), first_events())
    undone = act(
        *("like", "l2", "x2", "2014-01-27T16:00:00Z"), undone_at="2014-01-29T00:00:00+08:00"
    )
    _publish(settings, _run(2), [*late_events(), undone], full_refresh=True)
    land_events(
        settings,
        _run(3),
        [act("like", "l9", "x9", "2014-01-27T16:00:00+08:00"), *late_events()[:1]],
    )
    return settings


def test_a_figure_its_restatement_and_its_events(home: Settings) -> None:
    said = explain(home, FACT, ACCOUNT, DAY)
    assert (said.version, said.run_id) == (2, "run_2")
    assert said.figures["comment_count"] == 2
    assert [(r.measure, r.old_value, r.new_value, r.cause) for r in said.restatements] == [
        ("action_count", 4, 5, "late_events"),
        ("action_count_per_post", 2, 2.5, "late_events"),
        ("action_count_unassessed", 1, 2, "late_events"),
        ("comment_count", 1, 2, "late_events"),
        ("comment_count_unassessed", 0, 1, "late_events"),
    ]
    assert {(r.was_version, r.version, r.run_id) for r in said.restatements} == {(1, 2, "run_2")}
    assert {r.restated_at for r in said.restatements} == {_run(2).logical_at}
    counted = sum(e.interaction_count for e in said.events if not e.is_undone)
    assert counted == said.figures["action_count"] + said.figures["follow_count"]


def test_a_like_taken_back_is_a_correction_and_is_shown_as_undone(home: Settings) -> None:
    said = explain(home, FACT, ACCOUNT, NEXT_DAY)
    changed = {r.measure: (r.old_value, r.new_value, r.cause) for r in said.restatements}
    assert changed["like_count"] == (2, 1, "correction")
    undone = [e for e in said.events if e.is_undone and e.verb == "like"]
    assert sum(e.interaction_count for e in undone) == 2  # l2, and l3 of the first landing


def test_a_day_of_a_post_is_explained_by_what_was_done_to_it(home: Settings) -> None:
    said = explain(home, "fct_post_engagement_daily", "weibo:plain", DAY)
    assert said.figures["comment_count"] == 1
    assert {(r.measure, r.old_value, r.new_value) for r in said.restatements} >= {
        ("comment_count", 0, 1)
    }
    assert sum(e.interaction_count for e in said.events) == said.figures["action_count"]
    assert {r.topic for r in said.records} == {"attache.interactions.v1", "attache.posts.v1"}
    with pytest.raises(WrongUseError, match="No post has the key"):
        explain(home, "fct_post_engagement_daily", ACCOUNT, DAY)


def test_a_post_is_explained_by_all_its_days_and_what_was_stated_of_it(home: Settings) -> None:
    said = explain(home, "fct_post", "weibo:plain", DAY)
    counted = sum(e.interaction_count for e in said.events if not e.is_undone)
    assert counted == said.figures["action_count"] + said.figures["follow_count"]
    days = explain(home, "fct_post_engagement_daily", "weibo:plain", DAY)
    assert counted > sum(e.interaction_count for e in days.events)
    assert {r.topic for r in said.records} == {
        f"attache.{kind}.v1" for kind in ("interactions", "posts", "counters")
    }
    changed = {r.measure: (r.old_value, r.new_value) for r in said.restatements}
    assert changed["comment_count"][1] == said.figures["comment_count"]


def test_an_observation_is_explained_by_its_reading(home: Settings) -> None:
    said = explain(home, "fct_account_daily", ACCOUNT, DAY)
    assert (said.events, said.restatements) == ([], [])
    assert [(r.topic, r.record_count) for r in said.records] == [("attache.accounts.v1", 1)]
    assert "stated_follower_count" in said.figures


def test_its_records_are_those_that_a_recount_of_the_raw_values_finds(home: Settings) -> None:
    said = explain(home, FACT, ACCOUNT, DAY)
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        acted = warehouse.execute(
            """SELECT kafka_topic, batch_id, min(kafka_offset), max(kafka_offset), count(*)
            FROM raw.interactions WHERE object_id IN ('plain', 'contest') AND created_at
                BETWEEN '2014-01-27 00:00:00+08' AND '2014-01-27 23:59:59.999999+08'
                AND batch_id < 3
            GROUP BY ALL ORDER BY ALL"""
        ).fetchall()
    found = [
        (r.topic, r.batch_id, r.first_offset, r.last_offset, r.record_count) for r in said.records
    ]
    assert [row for row in found if "interactions" in row[0]] == acted
    assert len(acted) == 2
    posts = [(r.run_id, r.record_count) for r in said.records if "posts" in r.topic]
    assert posts == [("run_1", 2), ("run_2", 2)]  # both posts, and an edit and a deletion of them


def test_an_earlier_version_says_what_it_said(home: Settings) -> None:
    said = explain(home, FACT, ACCOUNT, DAY, version=1)
    assert (said.version, said.figures["comment_count"], said.restatements) == (1, 1, [])
    assert {r.run_id for r in said.records} == {"run_1"}
    with pytest.raises(WrongUseError, match="Version 7 is not kept") as raised:
        explain(home, FACT, ACCOUNT, DAY, version=7)
    assert "1, 2" in raised.value.hint


def test_a_day_without_a_row_is_explained_and_a_wrong_name_is_not(home: Settings) -> None:
    said = explain(home, FACT, ACCOUNT, date(2013, 1, 1))
    assert (said.figures, said.events, said.records) == ({}, [], [])
    with pytest.raises(WrongUseError, match="fct_reply can't be explained"):
        explain(home, "fct_reply", ACCOUNT, DAY)
    with pytest.raises(WrongUseError, match="No official account") as raised:
        explain(home, FACT, "weibo:goldn", DAY)
    assert ACCOUNT in raised.value.hint


def test_the_command_prints_tables_and_one_document(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTACHE_HOME", str(home.home))
    command = ["explain", FACT, "--account", ACCOUNT, "--date"]
    printed = CliRunner().invoke(app, [*command, str(DAY), "--json"])
    document = json.loads(printed.stdout)
    assert document["figures"]["comment_count"] == 2
    assert document["records"][0]["run_id"] == "run_1"
    other = CliRunner().invoke(app, [*command, str(DAY), "--post", "weibo:plain"])
    assert isinstance(other.exception, WrongUseError)
    wrong = CliRunner().invoke(app, [*command, "yesterday"])
    assert isinstance(wrong.exception, WrongUseError)


def test_nothing_published_yet_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(AttacheError, match="Nothing has been published"):
        explain(settings, FACT, ACCOUNT, DAY)


def _run(number: int) -> Run:
    return Run(f"run_{number}", datetime.fromisoformat(f"2014-04-0{number}T00:00:00+00:00"))


def _publish(settings: Settings, run: Run, events: list[JSON], full_refresh: bool = False) -> None:
    """A run whose checks are said to have passed: the gate has tests of its own."""
    land_events(settings, run, events)
    built = build(settings, run, full_refresh)
    with open_warehouse(settings) as warehouse:
        for name, columns in TABLES.items():
            warehouse.execute(
                f"CREATE TABLE IF NOT EXISTS {name} ({columns.replace('NOT NULL', '')})"
            )
        warehouse.execute(
            """INSERT INTO ops.ops_quality_runs BY NAME SELECT ? AS check_run_id,
                state_fingerprint, true AS passed, finished_at AS checked_at
            FROM ops.ops_builds WHERE build_id = ?""",
            [run.run_id, built.build_id],
        )
    assert publish(settings, run).is_new
