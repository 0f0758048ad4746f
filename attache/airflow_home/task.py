"""What stands between an Airflow task and a step: the run is handed down, a failure comes back.

A DAG file imports this module, so it may not import the steps: those take seconds to import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException

from attache import alarms
from runtime.clock import now, parse_instant
from runtime.errors import AttacheError, GateClosedError
from runtime.run import Run
from runtime.settings import Settings, load_settings


def run_step(step: Callable[[Settings, Run], Any]) -> Any:
    """Run one step for the run that this task is part of.

    Args:
        step: the function that the command of the same name calls.

    Returns:
        The step's report as plain JSON values: Airflow shows it as the task's result.

    Raises:
        AirflowFailException: the gate is closed. The data must change before another try can pass,
            so there is none.
    """
    try:
        report = step(load_settings(), run_of(get_current_context()))
    except GateClosedError as error:
        raise AirflowFailException(str(error)) from error
    return msgspec.to_builtins(report, enc_hook=str)


def run_of(context: Mapping[str, Any]) -> Run:
    """The run in Airflow's context: its id, and the logical date of the DAG run.

    A run that was triggered without a logical date stands for the instant it was due (`run_after`).
    """
    dag_run = context["dag_run"]
    instant: datetime = dag_run.logical_date or dag_run.run_after
    return Run(str(context["run_id"]), parse_instant(instant.isoformat()))


def raise_alarm(context: Mapping[str, Any]) -> None:
    """Airflow's `on_failure_callback`: record who failed, why, and where its log is."""
    instance = context["ti"]
    cause, hint = cause_of(context.get("exception"))
    alarm = alarms.Alarm(
        at=now(),
        dag_id=instance.dag_id,
        run_id=instance.run_id,
        task_id=instance.task_id,
        cause=cause,
        hint=hint,
        log=instance.log_url,
    )
    alarms.record(load_settings(), alarm)


def cause_of(failure: BaseException | str | None) -> tuple[str, str]:
    """Cause and hint: those of our own error, however deep Airflow has wrapped it.

    Args:
        failure: what Airflow knows: the exception, a text where the task's process was lost, or
            nothing.
    """
    if not isinstance(failure, BaseException):
        return failure or "The task's process ended without saying why.", "Read the task's log."
    for error in _chain(failure):
        if isinstance(error, AttacheError):
            return error.message, error.hint
    return f"{type(failure).__name__}: {failure}", "Read the task's log."


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
