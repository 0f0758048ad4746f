"""Between an Airflow task and a step: the run goes in, the report or the cause comes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from attache import alarms
from attache.airflow_home import task
from runtime.errors import AttacheError, GateClosedError
from runtime.run import Run
from runtime.settings import Settings, load_settings

DUE = datetime(2014, 1, 27, 6, 0, tzinfo=timezone(timedelta(hours=8)))


@dataclass(frozen=True)
class Report:
    landed: int
    until: datetime


def context(logical_date: datetime | None) -> dict[str, Any]:
    return {
        "run_id": "scheduled__1",
        "dag_run": SimpleNamespace(logical_date=logical_date, run_after=DUE + timedelta(hours=1)),
        "ti": SimpleNamespace(
            dag_id="engagement", run_id="scheduled__1", task_id="check", log_url="http://log"
        ),
    }


@pytest.fixture(autouse=True)
def airflow_runs_a_task(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ATTACHE_HOME", str(tmp_path))
    monkeypatch.setattr(task, "get_current_context", lambda: context(DUE))


def test_the_step_is_given_the_settings_and_the_run(tmp_path: Path) -> None:
    given: list[tuple[Settings, Run]] = []
    task.run_step(lambda settings, run: given.append((settings, run)))
    assert given == [(load_settings(), Run("scheduled__1", DUE))]
    assert given[0][0].home == tmp_path


def test_a_run_without_a_logical_date_stands_for_when_it_was_due() -> None:
    run = task.run_of(context(None))
    assert run.logical_at == DUE + timedelta(hours=1)
    assert run.logical_at.tzinfo is UTC


def test_the_report_comes_back_as_plain_values() -> None:
    report = task.run_step(lambda settings, run: Report(3, run.logical_at))
    assert report == {"landed": 3, "until": "2014-01-26T22:00:00Z"}


def test_a_closed_gate_is_not_tried_again() -> None:
    def check(settings: Settings, run: Run) -> None:
        raise GateClosedError("closed")

    with pytest.raises(AirflowFailException, match="closed"):
        task.run_step(check)


def test_any_other_failure_is_left_to_the_retries() -> None:
    def land(settings: Settings, run: Run) -> None:
        raise AttacheError("Kafka doesn't answer.")

    with pytest.raises(AttacheError, match="Kafka"):
        task.run_step(land)


def test_the_alarm_names_the_task_the_cause_and_the_log() -> None:
    def check(settings: Settings, run: Run) -> None:
        raise GateClosedError("3 rows are negative.", "Look at the report.")

    with pytest.raises(AirflowFailException) as failure:
        task.run_step(check)
    task.raise_alarm({**context(DUE), "exception": failure.value})

    (alarm,) = alarms.recent(load_settings(), limit=5)
    assert (alarm.cause, alarm.hint) == ("3 rows are negative.", "Look at the report.")
    assert (alarm.dag_id, alarm.run_id, alarm.task_id) == ("engagement", "scheduled__1", "check")
    assert alarm.log == "http://log"


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (ZeroDivisionError("by zero"), "ZeroDivisionError: by zero"),
        ("killed by the scheduler", "killed by the scheduler"),
        (None, "The task's process ended without saying why."),
    ],
)
def test_every_failure_has_a_cause(failure: BaseException | str | None, cause: str) -> None:
    assert task.cause_of(failure) == (cause, "Read the task's log.")


def test_the_newest_alarms_come_first() -> None:
    for number in range(4):
        alarm = alarms.Alarm(DUE, "engagement", f"run {number}", "land", "cause", "", "log")
        alarms.record(load_settings(), alarm)
    assert [a.run_id for a in alarms.recent(load_settings(), limit=2)] == ["run 3", "run 2"]


def test_a_home_without_alarms_has_none() -> None:
    assert alarms.recent(load_settings(), limit=5) == []
