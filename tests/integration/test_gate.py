"""The gate on a small warehouse: good as it is, then poisoned in every way that must close it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from expectations import gate
from expectations.checkpoint import KEPT_RUNS, Checkpoint
from expectations.checks import CheckReport, ChecksFailedError
from expectations.policy import load_policy
from expectations.published import Offset
from expectations.report import report_folder
from expectations.suites.marts import marts_checks
from expectations.suites.measures import ACTIONS, CLASSES, VERBS
from expectations.suites.raw import raw_checks
from ingestion.warehouse import open_warehouse
from runtime.errors import GateClosedError
from runtime.run import Run
from runtime.settings import Settings

LOGICAL_AT = datetime(2014, 3, 1, 6, tzinfo=UTC)
RUN = Run("scheduled__1", LOGICAL_AT)

RAW = """
    INSERT INTO raw.drains VALUES (1, 'r', '2014-03-01 05:00:00Z', now(), now(), 46);
    INSERT INTO raw.batches VALUES
        (1, 1, 'accounts', 0, 0, 0, 1, 1, 1, 0, now()), (1, 1, 'posts', 0, 0, 0, 2, 2, 2, 0, now()),
        (1, 1, 'counters', 0, 0, 0, 2, 2, 2, 0, now()),
        (1, 1, 'interactions', 0, 0, 0, 41, 41, 40, 1, now());
    INSERT INTO raw.accounts BY NAME SELECT 's' AS event_source, 'a' AS event_id,
        570000 AS followers, 'accounts' AS kafka_topic, 0 AS kafka_partition,
        0 AS kafka_generation, 0 AS kafka_offset, 1 AS batch_id;
    INSERT INTO raw.posts BY NAME SELECT 's' AS event_source, 'p' || i AS event_id,
        'posts' AS kafka_topic, 0 AS kafka_partition, 0 AS kafka_generation,
        i AS kafka_offset, 1 AS batch_id FROM range(2) AS t (i);
    INSERT INTO raw.counters BY NAME SELECT 's' AS event_source, 'c' || i AS event_id,
        20 AS likes, 'counters' AS kafka_topic, 0 AS kafka_partition, 0 AS kafka_generation,
        i AS kafka_offset, 1 AS batch_id FROM range(2) AS t (i);
    INSERT INTO raw.interactions BY NAME SELECT 's' AS event_source, 'i' || i AS event_id,
        'interactions' AS kafka_topic, 0 AS kafka_partition, 0 AS kafka_generation,
        i AS kafka_offset, 1 AS batch_id FROM range(40) AS t (i);
    INSERT INTO raw.dead_letters BY NAME SELECT 'interactions' AS kafka_topic,
        0 AS kafka_partition, 0 AS kafka_generation, 40 AS kafka_offset, 'not_json' AS reason,
        'v1' AS contract_version, 1 AS batch_id;
    CREATE TABLE ops.ops_builds (build_id BIGINT, run_id VARCHAR, logical_at TIMESTAMPTZ,
        state_fingerprint VARCHAR, success BOOLEAN);
    INSERT INTO ops.ops_builds VALUES (1, 'r', '2014-03-01 06:00:00Z', 'state-1', true);
    CREATE TABLE ops.ops_source_findings (finding VARCHAR, platform VARCHAR, post_id VARCHAR,
        found_count BIGINT, expected_count BIGINT);
"""

COUNTED = ", ".join(
    f"count(*) FILTER (verb IN {members} {only}) AS {verb}_count{suffix}"
    for verb, members in [*((v, f"('{v}')") for v in VERBS), ("action", str(ACTIONS))]
    for suffix, only in [("", ""), *((f"_{c}", f"AND engagement_class = '{c}'") for c in CLASSES)]
)
MARTS = f"""
    CREATE TABLE marts.dim_platform AS SELECT 'weibo' AS platform;
    CREATE TABLE marts.dim_account AS SELECT 'weibo:can' AS account_key, 'weibo' AS platform,
        'can' AS account_id;
    CREATE TABLE marts.dim_post AS SELECT 'weibo:p' || i AS post_key,
        'weibo:can' AS account_key, 'weibo' AS platform, 'p' || i AS post_id,
        timestamptz '2014-01-01 00:00:00Z' AS published_at, DATE '2014-01-01' AS publication_date
        FROM range(2) AS t (i);
    CREATE TABLE marts.dim_date AS SELECT DATE '2014-01-01' + i::INTEGER AS date_day
        FROM range(40) AS t (i);
    CREATE TABLE marts.fct_interaction AS SELECT 'weibo:i' || i AS interaction_key,
        CASE WHEN i % 6 < 5 THEN 'weibo:p' || i % 2 END AS post_key, 'weibo:can' AS account_key,
        'weibo:x' || i AS actor_key, {list(VERBS)}[i % 6 + 1] AS verb,
        DATE '2014-01-01' + (i % 3)::INTEGER AS activity_date,
        DATE '2014-01-01' AS publication_date, i = 39 AS is_undone,
        {list(CLASSES)}[i % 5 + 1] AS engagement_class FROM range(SIZE) AS t (i);
    CREATE TABLE marts.fct_post_engagement_daily AS SELECT post_key, activity_date, {COUNTED}
        FROM marts.fct_interaction WHERE post_key IS NOT NULL AND NOT is_undone GROUP BY ALL;
    CREATE TABLE marts.fct_post AS SELECT post_key, {COUNTED}, 0::BIGINT AS stated_like_count,
        NULL::BIGINT AS stated_share_count, NULL::BIGINT AS stated_comment_count,
        NULL::BIGINT AS stated_view_count
        FROM marts.fct_interaction WHERE post_key IS NOT NULL AND NOT is_undone GROUP BY ALL;
    CREATE TABLE marts.fct_engagement_daily AS SELECT account_key, activity_date,
        2::BIGINT AS post_count, {COUNTED}, NULL::BOOLEAN AS is_inflated,
        NULL::VARCHAR[] AS inflation_reasons
        FROM marts.fct_interaction WHERE NOT is_undone GROUP BY ALL;
    CREATE TABLE marts.fct_account_daily AS SELECT 'weibo:can' AS account_key,
        DATE '2014-01-01' AS observation_date;
"""

DAY = "weibo:can 2014-01-01"
POST = "WHERE post_key = 'weibo:p1'"
ON_DAY = "WHERE activity_date = '2014-01-01'"
MORE_LIKES = "like_count = like_count + 1, like_count_ghost = like_count_ghost + 1"
POISONS: dict[str, tuple[str, str]] = {
    "raw_batches_add_up": (
        "UPDATE raw.batches SET record_count = 3 WHERE topic = 'posts'",
        "1 posts/0 (3 read, 2 landed, 0 dead-lettered)",
    ),
    "raw_batches_are_stored": (
        "DELETE FROM raw.interactions WHERE kafka_offset = 3",
        "1 interactions/0 (40 landed, 39 stored",
    ),
    "raw_coordinates_are_unique": (
        "INSERT INTO raw.interactions SELECT * FROM raw.interactions WHERE kafka_offset = 3",
        "interactions/0@3 (2 times)",
    ),
    "raw_gaps_are_accepted": (
        "INSERT INTO raw.gaps VALUES ('posts', 0, 0, 2, NULL, 'made anew', now(), NULL)",
        "posts/0@2 (made anew)",
    ),
    "raw_counts_are_not_negative": (
        "UPDATE raw.counters SET likes = -5 WHERE event_id = 'c1'",
        "raw.counters s/c1 (likes is -5)",
    ),
    "raw_is_fresh": (
        "UPDATE raw.drains SET logical_at = '2014-02-25 05:00:00Z'",
        "raw.drains (the last drain stands for 2014-02-25",
    ),
    "raw_dead_letters_are_few": (
        "UPDATE raw.batches SET record_count = 4, row_count = 4 WHERE topic = 'interactions'",
        "interactions/0@40 (not_json, one of 1 in 9)",
    ),
    "marts_columns_are_as_promised": (
        "ALTER TABLE marts.fct_engagement_daily ALTER post_count TYPE HUGEINT",
        "fct_engagement_daily.post_count (is HUGEINT, should be BIGINT)",
    ),
    "marts_rows_have_not_dropped": (
        "DELETE FROM marts.dim_date WHERE date_day < '2014-01-11'",
        "marts.dim_date (30 rows, 40 are published)",
    ),
    "dim_account_key_is_whole": (
        "INSERT INTO marts.dim_account SELECT * FROM marts.dim_account",
        "weibo:can (2 rows)",
    ),
    "dim_post_key_is_whole": (
        f"INSERT INTO marts.dim_post SELECT * FROM marts.dim_post {POST}",
        "weibo:p1 (2 rows)",
    ),
    "dim_date_key_is_whole": (
        "UPDATE marts.dim_date SET date_day = NULL WHERE date_day = '2014-01-05'",
        "null (1 rows)",
    ),
    "dim_platform_key_is_whole": (
        "INSERT INTO marts.dim_platform SELECT * FROM marts.dim_platform",
        "weibo (2 rows)",
    ),
    "fct_interaction_key_is_whole": (
        """UPDATE marts.fct_interaction SET interaction_key = 'weibo:i7'
           WHERE actor_key = 'weibo:x8'""",
        "weibo:i7 (2 rows)",
    ),
    "fct_post_key_is_whole": (
        f"INSERT INTO marts.fct_post SELECT * FROM marts.fct_post {POST}",
        "weibo:p1 (2 rows)",
    ),
    "fct_post_engagement_daily_key_is_whole": (
        f"""INSERT INTO marts.fct_post_engagement_daily
            SELECT * FROM marts.fct_post_engagement_daily {ON_DAY}""",
        "weibo:p1 2014-01-01 (2 rows)",
    ),
    "fct_engagement_daily_key_is_whole": (
        f"""INSERT INTO marts.fct_engagement_daily
            SELECT * FROM marts.fct_engagement_daily {ON_DAY}""",
        f"{DAY} (2 rows)",
    ),
    "fct_account_daily_key_is_whole": (
        "INSERT INTO marts.fct_account_daily SELECT * FROM marts.fct_account_daily",
        f"{DAY} (2 rows)",
    ),
    "dim_post_account_is_known": (
        f"UPDATE marts.dim_post SET account_key = 'weibo:stranger' {POST}",
        "weibo:p1 (account_key weibo:stranger)",
    ),
    "fct_interaction_account_is_known": (
        "UPDATE marts.fct_interaction SET account_key = NULL WHERE interaction_key = 'weibo:i5'",
        "weibo:i5 (account_key null)",
    ),
    "fct_interaction_post_is_known": (
        "UPDATE marts.fct_interaction SET post_key = 'weibo:lost' WHERE actor_key = 'weibo:x1'",
        "weibo:i1 (post_key weibo:lost)",
    ),
    "fct_post_post_is_known": (
        f"UPDATE marts.fct_post SET post_key = 'weibo:lost' {POST}",
        "weibo:lost (post_key weibo:lost)",
    ),
    "fct_post_engagement_daily_post_is_known": (
        f"UPDATE marts.fct_post_engagement_daily SET post_key = 'weibo:lost' {POST}",
        "weibo:lost 2014-01-01 (post_key weibo:lost)",
    ),
    "fct_engagement_daily_account_is_known": (
        f"UPDATE marts.fct_engagement_daily SET account_key = 'weibo:stranger' {ON_DAY}",
        "weibo:stranger 2014-01-01 (account_key weibo:stranger)",
    ),
    "fct_account_daily_account_is_known": (
        "UPDATE marts.fct_account_daily SET account_key = 'weibo:stranger'",
        "weibo:stranger 2014-01-01 (account_key weibo:stranger)",
    ),
    "fct_post_counts_are_not_negative": (
        f"UPDATE marts.fct_post SET stated_view_count = -1 {POST}",
        "weibo:p1 (stated_view_count is -1)",
    ),
    "fct_post_engagement_daily_counts_are_not_negative": (
        f"UPDATE marts.fct_post_engagement_daily SET quote_count_ghost = -2 {POST}",
        "weibo:p1 2014-01-01 (quote_count_ghost is -2)",
    ),
    "fct_engagement_daily_counts_are_not_negative": (
        f"UPDATE marts.fct_engagement_daily SET post_count = -1 {ON_DAY}",
        f"{DAY} (post_count is -1)",
    ),
    "fct_post_classes_add_up": (
        f"UPDATE marts.fct_post SET share_count_organic = NULL {POST}",
        "weibo:p1 (share_count is 7, its parts add up to null)",
    ),
    "fct_post_engagement_daily_classes_add_up": (
        f"UPDATE marts.fct_post_engagement_daily SET action_count_ghost = 99 {POST}",
        "weibo:p1 2014-01-01 (action_count is",
    ),
    "fct_engagement_daily_classes_add_up": (
        f"UPDATE marts.fct_engagement_daily SET follow_count_organic = 99 {ON_DAY}",
        f"{DAY} (follow_count is 0, its parts add up to",
    ),
    "fct_post_verbs_add_up": (f"UPDATE marts.fct_post SET {MORE_LIKES} {POST}", "weibo:p1 (action"),
    "fct_post_engagement_daily_verbs_add_up": (
        f"UPDATE marts.fct_post_engagement_daily SET {MORE_LIKES} {POST}",
        "weibo:p1 2014-01-01 (action_count is",
    ),
    "fct_engagement_daily_verbs_add_up": (
        f"UPDATE marts.fct_engagement_daily SET {MORE_LIKES} {ON_DAY}",
        f"{DAY} (action_count is",
    ),
    "fct_post_reconciles": (
        f"DELETE FROM marts.fct_post {POST}",
        "weibo:p1 reply_count_coordinated (none in fct_post, 1 in fct_interaction)",
    ),
    "fct_post_engagement_daily_reconciles": (
        "UPDATE marts.fct_interaction SET is_undone = true WHERE interaction_key = 'weibo:i1'",
        "weibo:p1 2014-01-02 share_count_incentivised (2 in fct_post_engagement_daily, 1 in",
    ),
    "fct_engagement_daily_reconciles": (
        f"DELETE FROM marts.fct_engagement_daily {ON_DAY}",
        f"{DAY} like_count_unassessed (none in fct_engagement_daily",
    ),
}
"""For each hard check: the SQL that must turn it red, and what the message must then say."""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose warehouse and published manifest are as they should be."""
    settings = Settings(home=tmp_path_factory.mktemp("good"))
    with open_warehouse(settings) as warehouse:
        warehouse.execute(RAW + MARTS.replace("SIZE", "40"))
    settings.published.mkdir()
    rows = {"marts.dim_date": 40, "marts.fct_interaction": 40, "ops.ops_builds": 10**6}
    (settings.published / "manifest.json").write_text(json.dumps({"row_counts": rows}))
    return settings.home


@pytest.fixture
def settings(good: Path, tmp_path: Path) -> Settings:
    shutil.copytree(good, tmp_path / "home")
    return Settings(home=tmp_path / "home")


@pytest.fixture
def execute(settings: Settings) -> Callable[[str], list[tuple[object, ...]]]:
    def run(sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(settings.warehouse)) as warehouse:
            return warehouse.execute(sql).fetchall()

    return run


Execute = Callable[[str], list[tuple[object, ...]]]


def closed(settings: Settings, run: Run = RUN) -> CheckReport:
    with pytest.raises(ChecksFailedError) as caught:
        gate.check(settings, run)
    return caught.value.report


def test_a_good_state_passes_and_is_remembered_with_what_was_built(
    settings: Settings, execute: Execute
) -> None:
    report = gate.check(settings, RUN)
    assert [r.check_id for r in report.results if not r.success] == []
    assert set(load_policy().rules) == {r.check_id for r in report.results}
    assert execute("SELECT run_id, state_fingerprint, passed FROM ops.ops_quality_runs") == [
        ("scheduled__1", "state-1", True)
    ]
    assert execute("SELECT count(*) FROM ops.ops_quality_results WHERE success") == [
        (len(report.results),)
    ]


@pytest.mark.parametrize("check_id", POISONS)
def test_a_poison_turns_its_check_red_and_is_named(
    check_id: str, settings: Settings, execute: Execute
) -> None:
    policy = load_policy()
    rows = {"marts.dim_date": 40}
    checks = [*raw_checks(policy, LOGICAL_AT), *marts_checks(policy, rows)]
    (offenders,) = [check.offenders for check in checks if check.check_id == check_id]
    assert execute(offenders) == []
    sql, named = POISONS[check_id]
    execute(sql)
    assert named in "; ".join(f"{key} ({detail})" for key, detail in execute(offenders))


CLEAN_DRAIN = """
    INSERT INTO raw.drains VALUES (2, 'r', '2014-03-01 05:30:00Z', now(), now(), 3);
    INSERT INTO raw.batches VALUES (2, 2, 'interactions', 0, 0, 41, 44, 3, 3, 0, now());
"""
BAD_DRAIN = "UPDATE raw.batches SET record_count = 4, row_count = 4 WHERE topic = 'interactions'"
ACCEPTED = """INSERT INTO raw.accepted_dead_letters
    SELECT kafka_topic, kafka_partition, kafka_generation, kafka_offset, reason, 'r', now()
    FROM raw.dead_letters"""


def offending(execute: Execute, published: Sequence[Offset] = ()) -> list[tuple[object, ...]]:
    """What the check of dead letters finds."""
    checks = raw_checks(load_policy(), LOGICAL_AT, published)
    (sql,) = [c.offenders for c in checks if c.check_id == "raw_dead_letters_are_few"]
    return execute(sql)


def test_a_clean_drain_after_a_bad_one_does_not_open_the_gate(execute: Execute) -> None:
    execute(BAD_DRAIN)
    execute(CLEAN_DRAIN)
    assert offending(execute) == [("interactions/0@40", "not_json, one of 1 in 12")]
    assert offending(execute, [Offset("interactions", 0, 0, 40)]) != []


def test_dead_letters_that_are_published_or_accepted_are_not_counted(execute: Execute) -> None:
    execute(BAD_DRAIN)
    execute(CLEAN_DRAIN)
    published = [Offset(topic, 0, 0, 41) for topic in ("interactions", "posts", "accounts")]
    assert offending(execute, published) == []
    made_anew = [Offset("interactions", 0, 0, 41)]
    execute("UPDATE raw.dead_letters SET kafka_generation = 1, kafka_offset = 0")
    assert offending(execute, made_anew) != []
    execute(ACCEPTED)
    assert offending(execute, made_anew) == []


@pytest.mark.parametrize(
    "check_id",
    [
        "raw_batches_are_stored",
        "raw_gaps_are_accepted",
        "raw_counts_are_not_negative",
        "raw_is_fresh",
        "marts_rows_have_not_dropped",
        "fct_interaction_key_is_whole",
        "dim_post_account_is_known",
        "fct_engagement_daily_classes_add_up",
    ],
)
def test_a_poison_closes_the_gate_which_says_where_and_since_when(
    check_id: str, settings: Settings, execute: Execute
) -> None:
    sql, named = POISONS[check_id]
    execute(sql)
    with pytest.raises(GateClosedError) as caught:
        gate.check(settings, RUN)
    assert caught.value.exit_code == 3
    (line,) = [t for t in caught.value.message.splitlines() if t.startswith(f"  {check_id} ")]
    assert "since 2014-03-01T06:00:00Z" in line
    assert named in line
    assert str(report_folder(settings)) in caught.value.hint
    assert execute(
        f"""SELECT success, sample_keys->>'$[0].key' IS NOT NULL, severity
            FROM ops.ops_quality_results WHERE check_id = '{check_id}'"""
    ) == [(False, True, "stop")]
    assert execute("SELECT passed FROM ops.ops_quality_runs") == [(False,)]


def test_every_hard_check_has_a_poison() -> None:
    stops = {name for name, rule in load_policy().rules.items() if rule.severity == "stop"}
    assert set(POISONS) == stops


@pytest.mark.parametrize(
    ("check_id", "sql", "named"),
    [
        (
            "fct_engagement_daily_is_not_inflated",
            f"""UPDATE marts.fct_engagement_daily
                SET is_inflated = true, inflation_reasons = ['ghosts', 'lockstep'] {ON_DAY}""",
            f"{DAY} (ghosts, lockstep)",
        ),
        (
            "ops_source_findings_are_none",
            """INSERT INTO ops.ops_source_findings VALUES
               ('landed_again', 'weibo', 'p0', 2, 1),
               ('reactions_do_not_add_up', 'weibo', 'p1', 885, 881)""",
            "weibo:p1 (reactions_do_not_add_up: 885 found, 881 expected)",
        ),
        (
            "fct_post_counted_covers_stated",
            f"UPDATE marts.fct_post SET stated_share_count = 4807 {POST}",
            "weibo:p1 (7 shares counted, 4807 stated)",
        ),
    ],
)
def test_a_flag_is_reported_and_does_not_stop(
    check_id: str, sql: str, named: str, settings: Settings, execute: Execute
) -> None:
    execute(sql)
    report = gate.check(settings, RUN)
    assert report.passed
    assert [(r.check_id, str(r.sample[0])) for r in report.failed("flag")] == [(check_id, named)]


@pytest.mark.parametrize(
    ("sql", "red", "cause"),
    [
        ("DROP TABLE raw.gaps", "raw_gaps_are_accepted", "gaps does not exist"),
        (
            """ALTER TABLE marts.fct_post ADD other_count HUGEINT;
               UPDATE marts.fct_post SET other_count = 2::HUGEINT ** 100""",
            "fct_post_counts_are_not_negative",
            "out of range",
        ),
    ],
)
def test_a_check_that_cannot_run_has_failed_alone_and_says_why(
    sql: str, red: str, cause: str, settings: Settings, execute: Execute
) -> None:
    execute(sql)
    (failed,) = closed(settings).failed("stop")
    assert failed.check_id == red
    assert failed.unexpected_count is None
    assert cause in failed.cause


def test_the_message_says_since_when_and_forgets_once_it_was_well(
    settings: Settings, execute: Execute
) -> None:
    def at(hours: int) -> Run:
        return Run(f"r{hours}", LOGICAL_AT + timedelta(hours=hours))

    def since(report: CheckReport) -> list[datetime | None]:
        return [r.failing_since for r in report.failed("stop")]

    poison, cure = (f"UPDATE raw.counters SET likes = {n}" for n in (-1, 20))
    execute(poison)
    assert since(closed(settings, at(1))) == [at(1).logical_at]
    assert since(closed(settings, at(2))) == [at(1).logical_at]
    execute(cure)
    assert gate.check(settings, at(3)).passed
    execute(poison)
    assert since(closed(settings, at(4))) == [at(4).logical_at]


def test_before_the_first_publication_rows_are_not_compared(settings: Settings) -> None:
    (settings.published / "manifest.json").unlink()
    results = {r.check_id: r for r in gate.check(settings, RUN).results}
    drop = results["marts_rows_have_not_dropped"]
    assert (drop.success, drop.not_applicable) == (True, "nothing has been published yet")


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO ops.ops_builds VALUES (2, 'r2', '2014-03-01 07:00:00Z', 'state-2', false)",
        "DELETE FROM ops.ops_builds",
        "DROP TABLE ops.ops_builds",
        None,
    ],
)
def test_without_a_successful_last_build_there_is_nothing_to_check(
    sql: str | None, settings: Settings, execute: Execute
) -> None:
    if sql is None:
        settings.warehouse.unlink()
    else:
        execute(sql)
    with pytest.raises(GateClosedError, match="attache build"):
        gate.check(settings, RUN)


def test_the_report_says_what_failed_where_and_why_without_a_network(
    settings: Settings, execute: Execute
) -> None:
    execute("UPDATE raw.counters SET likes = -5, event_id = '<b>' WHERE event_id = 'c1'")
    closed(settings)
    page = (report_folder(settings) / "index.html").read_text()
    assert "The gate is closed" in page
    assert "raw.counters s/&lt;b&gt; (likes is -5)" in page
    assert "2014-03-01T06:00:00Z" in page
    assert load_policy().rules["raw_counts_are_not_negative"].why in page
    assert "http" not in page
    links = re.findall("href='([^']+)'", page)
    assert len(links) == 3
    assert all((report_folder(settings) / link).is_file() for link in links)


def test_data_docs_name_the_keys_and_keep_the_latest_runs(
    settings: Settings, execute: Execute
) -> None:
    execute("UPDATE raw.counters SET likes = -5 WHERE event_id = 'c1'")
    folder = report_folder(settings)
    for number in range(KEPT_RUNS + 3):
        (folder / "results" / "raw" / f"old-{number}").mkdir(parents=True)
    closed(settings)
    (page,) = (folder / "data_docs" / "validations" / "raw").rglob("*.html")
    assert "raw.counters s/c1: likes is -5" in page.read_text()
    kept = {run.name for run in (folder / "results" / "raw").iterdir()}
    assert len(kept) == KEPT_RUNS
    assert "check-000001" in kept


def test_nothing_is_said_but_one_line_on_standard_error(
    settings: Settings, execute: Execute, capfd: pytest.CaptureFixture[str]
) -> None:
    execute("DROP TABLE raw.gaps")
    closed(settings)
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err == f"checking: {len(load_policy().rules)} done\n"


def test_the_checkpoint_leaves_the_warehouse_unlocked(settings: Settings, tmp_path: Path) -> None:
    checkpoint = Checkpoint(settings.warehouse, tmp_path / "site", tmp_path / "store", threads=1)
    checkpoint.run({"raw": []}, load_policy(), "one", LOGICAL_AT)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("CREATE TABLE raw.written (a INTEGER)")
