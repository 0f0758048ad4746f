"""From Kafka to a published version, on a schedule.

Only the schedule and the order stand here. Each task calls the function that the command of the
same name calls: `attache land`, `attache build`, `attache check`, `attache publish`. The DAG
processor imports this file over and over, so it may import nothing slow; `attache.steps` isn't, it
imports dbt and Great Expectations only when a step runs.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task

from attache import steps
from attache.airflow_home.task import raise_alarm, run_step
from runtime.settings import load_settings


@dag(
    schedule=load_settings().schedule,
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    default_args={
        "pool": "warehouse",  # one slot: one task at a time owns the warehouse file
        "retries": 2,
        "retry_delay": timedelta(seconds=5),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=1),
        "on_failure_callback": raise_alarm,
    },
)
def engagement() -> None:
    # Airflow shows a task's docstring as Markdown, indentation and all: one paragraph each.

    @task
    def land() -> Any:
        """Take what Kafka holds up to now into the raw schema of the warehouse.
        Rows, dead letters and offsets commit in one transaction: safe to clear and run again.
        """
        return run_step(steps.land)

    @task
    def build() -> Any:
        """Build the models with dbt: staging, intermediate, marts, reporting, ops."""
        return run_step(steps.build)

    @task
    def check() -> Any:
        """Audit the warehouse with Great Expectations: the gate.
        A failed hard check fails this task at once, without retries, and nothing is published: the
        last published version is still served. The alarm names the check and its keys.
        """
        return run_step(steps.check)

    @task
    def publish() -> Any:
        """Put what passed the gate in front of the readers: `published/current.duckdb`, whole."""
        return run_step(steps.publish)

    land() >> build() >> check() >> publish()


engagement()
