"""The verdict: open or closed, why, since when, and what is remembered of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from expectations import gate
from expectations.checkpoint import Checkpoint
from expectations.checks import CheckReport
from expectations.policy import load_policy
from expectations.report import report_folder
from runtime.errors import GateClosedError
from runtime.run import Run
from runtime.settings import Settings
from tests.gate.closed import closed
from tests.gate.conftest import Execute
from tests.gate.poisons import POISONS
from tests.gate.warehouse import LOGICAL_AT, RUN


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
