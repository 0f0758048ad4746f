"""A DAG whose only step finds the gate closed, with two retries that must not be used."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task

from attache.airflow_home.task import raise_alarm, run_step
from runtime.errors import GateClosedError
from runtime.run import Run
from runtime.settings import Settings


def find_it_closed(settings: Settings, run: Run) -> None:
    raise GateClosedError("like_count is negative in 3 rows.", "Look at the report.")


@dag(
    schedule=None,
    default_args={
        "pool": "warehouse",
        "retries": 2,
        "retry_delay": timedelta(seconds=1),
        "on_failure_callback": raise_alarm,
    },
)
def closed_gate() -> None:
    @task
    def check() -> Any:
        return run_step(find_it_closed)

    check()


closed_gate()
