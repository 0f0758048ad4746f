"""A real Airflow in a home: it outlives a killed owner, keeps the schedule and stops whole.

One Airflow serves this file: started by a process that is killed, taken over here.
"""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import psutil
import pytest

from attache import alarms
from attache.airflow_home.config import airflow_home
from attache.airflow_home.embedded import AirflowRunningError, EmbeddedAirflow
from runtime.settings import PROJECT, load_settings

STAND_IN = Path(__file__).parent / "stand_in"
PATIENCE_SECONDS = 180  # only ends a test that has already failed
START_AND_GET_KILLED = """
import os, signal, sys
from pathlib import Path
from attache.airflow_home.embedded import EmbeddedAirflow
from runtime.settings import load_settings

EmbeddedAirflow(load_settings(), Path(sys.argv[1])).start()
os.kill(os.getpid(), signal.SIGKILL)
"""


class Seen(msgspec.Struct):
    schedule: str
    run_id: str
    logical_at: datetime


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAirflow]:
    home = tmp_path_factory.mktemp("airflow") / "home"
    given = {"ATTACHE_HOME": str(home), "ATTACHE_SCHEDULE": "* * * * *"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setenv(name, value)
        airflow = EmbeddedAirflow(load_settings(), STAND_IN)
        try:
            owner = subprocess.run(
                [sys.executable, "-c", START_AND_GET_KILLED, STAND_IN], cwd=PROJECT, check=False
            )
            assert owner.returncode == -signal.SIGKILL
            yield airflow
        finally:
            for child in airflow.children.values():
                child.adopt()
            airflow.stop()


def pids(airflow: EmbeddedAirflow) -> dict[str, int | None]:
    found = {part: child.find() for part, child in airflow.children.items()}
    return {part: process.pid if process else None for part, process in found.items()}


def finished(airflow: EmbeddedAirflow, dag_id: str, run_id: str) -> bool:
    return airflow.client.run(dag_id, run_id).state in ("success", "failed")


def log_of(airflow: EmbeddedAirflow, run_id: str) -> str:
    """What the page of a failed check shows as its log."""
    path = f"dagRuns/{run_id}/taskInstances/check/logs/1"
    url = f"{airflow.client.address}/api/v2/dags/closed_gate/{path}"
    return httpx.get(url, trust_env=False).text


def test_it_is_taken_over_from_an_owner_that_was_killed(airflow: EmbeddedAirflow) -> None:
    before = pids(airflow)
    airflow.start()
    assert pids(airflow) == before
    assert None not in before.values()


def test_a_second_command_is_told_that_it_runs(airflow: EmbeddedAirflow) -> None:
    before = pids(airflow)
    with pytest.raises(AirflowRunningError, match="already running"):
        EmbeddedAirflow(airflow.settings, STAND_IN).start()
    assert pids(airflow) == before


def test_the_schedule_runs_a_dag_that_nobody_triggered(airflow: EmbeddedAirflow) -> None:
    def ran() -> bool:
        return airflow.client.last_scheduled_success("heartbeat") is not None

    airflow.children["scheduler"].wait_until(ran, PATIENCE_SECONDS)
    run = airflow.client.last_scheduled_success("heartbeat")
    assert run is not None
    (beat,) = airflow.client.task_instances("heartbeat", run.dag_run_id)
    assert (beat.task_id, beat.state) == ("beat", "success")

    seen = msgspec.json.decode((airflow.settings.home / "seen.json").read_bytes(), type=Seen)
    assert seen.schedule == "* * * * *"
    assert seen.run_id.startswith("scheduled__")
    assert seen.logical_at.second == 0


def test_a_triggered_run_stands_for_the_time_it_was_given(airflow: EmbeddedAirflow) -> None:
    contest = datetime(2014, 1, 27, 6, 30, tzinfo=UTC)
    run = airflow.client.trigger("heartbeat", contest)
    assert run.logical_date == contest
    scheduler = airflow.children["scheduler"]
    scheduler.wait_until(lambda: finished(airflow, "heartbeat", run.dag_run_id), PATIENCE_SECONDS)
    assert airflow.client.run("heartbeat", run.dag_run_id).state == "success"


def test_a_closed_gate_fails_at_once_and_its_alarm_leads_to_the_log(
    airflow: EmbeddedAirflow,
) -> None:
    run = airflow.client.trigger("closed_gate")
    assert run.logical_date is None
    scheduler = airflow.children["scheduler"]
    scheduler.wait_until(lambda: finished(airflow, "closed_gate", run.dag_run_id), PATIENCE_SECONDS)

    (check,) = airflow.client.task_instances("closed_gate", run.dag_run_id)
    assert (check.state, check.try_number) == ("failed", 1)
    (alarm,) = alarms.recent(airflow.settings, limit=5)
    assert alarm.cause == "like_count is negative in 3 rows."
    assert (alarm.run_id, alarm.task_id) == (run.dag_run_id, "check")
    assert alarm.log.startswith(airflow.client.address)
    assert alarm.cause in log_of(airflow, run.dag_run_id)


def test_its_secrets_are_for_the_owner_only(airflow: EmbeddedAirflow) -> None:
    home = airflow_home(airflow.settings)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (home, *home.iterdir())}
    private = {home: 0o700, home / "airflow.cfg": 0o600, home / "secrets.json": 0o600}
    assert {path: modes[path] for path in private} == private


def test_nothing_is_left_after_it_was_stopped_even_of_a_part_that_was_killed(
    airflow: EmbeddedAirflow,
) -> None:
    home = airflow_home(airflow.settings)
    scheduler = airflow.children["scheduler"].find()
    assert scheduler is not None
    scheduler.kill()
    psutil.wait_procs([scheduler], PATIENCE_SECONDS)
    assert len(processes_in(home)) > len(airflow.children)  # its workers outlive it
    airflow.stop()
    assert processes_in(home) == []


def processes_in(home: Path) -> list[psutil.Process]:
    """Every process that works in this folder, whoever its parent is now."""
    return [process for process in psutil.process_iter() if _folder(process) == str(home)]


def _folder(process: psutil.Process) -> str | None:
    try:
        return process.cwd()
    except psutil.Error:
        return None
