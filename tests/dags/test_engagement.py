"""The DAG `engagement`: what an engineer relies on when the schedule runs it."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from attache.airflow_home.task import raise_alarm
from runtime.settings import PROJECT

FILE = PROJECT / "dags" / "engagement.py"
SLOW = {"great_expectations", "dbt", "duckdb", "pandas", "pyarrow", "kafka"}
IMPORT_AND_LIST = """
import json, runpy, sys
runpy.run_path(sys.argv[1])
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.fixture
def engagement(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The DAG as its file makes it where the settings say `7 5 * * *`."""
    monkeypatch.setenv("ATTACHE_SCHEDULE", "7 5 * * *")
    monkeypatch.setenv("ATTACHE_HOME", str(tmp_path))
    return runpy.run_path(str(FILE))["engagement"]()


def test_importing_the_file_imports_nothing_slow(tmp_path: Path) -> None:
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path)}
    listed = subprocess.run(
        [sys.executable, "-c", IMPORT_AND_LIST, FILE],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        check=True,
    )
    modules = set(msgspec.json.decode(listed.stdout.splitlines()[-1], type=list[str]))
    assert "airflow" in modules
    assert modules & SLOW == set()


def test_the_order_is_land_build_check_publish(engagement: Any) -> None:
    downstream = {task.task_id: task.downstream_task_ids for task in engagement.tasks}
    assert downstream == {
        "land": {"build"},
        "build": {"check"},
        "check": {"publish"},
        "publish": set(),
    }


def test_the_schedule_is_the_one_of_the_settings(engagement: Any) -> None:
    assert engagement.schedule == "7 5 * * *"
    assert engagement.catchup is False


def test_one_run_and_one_task_at_a_time_own_the_warehouse(engagement: Any) -> None:
    assert engagement.max_active_runs == 1
    assert {(task.pool, task.pool_slots) for task in engagement.tasks} == {("warehouse", 1)}


@pytest.mark.parametrize("task_id", ["land", "build", "check", "publish"])
def test_each_task_is_retried_raises_an_alarm_and_explains_itself(
    engagement: Any, task_id: str
) -> None:
    task = engagement.get_task(task_id)
    assert task.retries == 2
    assert task.retry_delay * task.retry_exponential_backoff**2 <= timedelta(minutes=1)
    assert task.on_failure_callback == [raise_alarm]
    assert task.doc_md
    assert "\n\n    " not in task.doc_md  # which the page would show as a block of code


@pytest.mark.parametrize("task_id", ["land", "build", "check", "publish"])
def test_each_task_calls_the_step_of_its_name(
    monkeypatch: pytest.MonkeyPatch, engagement: Any, task_id: str
) -> None:
    task = engagement.get_task(task_id)
    monkeypatch.setitem(task.python_callable.__globals__, "run_step", lambda step: step.__name__)
    assert task.python_callable() == task_id
