"""A DAG on the schedule of the settings: its step writes down what it was given."""

from __future__ import annotations

from typing import Any

import msgspec
from airflow.sdk import dag, task

from attache.airflow_home.task import raise_alarm, run_step
from runtime.run import Run
from runtime.settings import Settings, load_settings


def write_down(settings: Settings, run: Run) -> dict[str, Any]:
    seen = {"schedule": settings.schedule, "run_id": run.run_id, "logical_at": run.logical_at}
    (settings.home / "seen.json").write_bytes(msgspec.json.encode(seen))
    return seen


@dag(
    schedule=load_settings().schedule,
    catchup=False,
    max_active_runs=1,
    default_args={"pool": "warehouse", "on_failure_callback": raise_alarm},
)
def heartbeat() -> None:
    @task
    def beat() -> Any:
        return run_step(write_down)

    beat()


heartbeat()
