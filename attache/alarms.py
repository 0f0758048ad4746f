"""Alarms: what failed for good in a scheduled run, and why, one JSON line each in the home."""

from __future__ import annotations

import os
from collections import deque
from datetime import datetime
from pathlib import Path

import msgspec

from runtime.settings import Settings


class Alarm(msgspec.Struct, frozen=True):
    """One task that failed and will not be retried.

    Attributes:
        at: when it was noticed, with a zone.
        dag_id, run_id, task_id: which task of which run.
        cause: what happened, in a sentence.
        hint: what to do now; may be empty.
        log: address of the task's log in the Airflow of this home.
    """

    at: datetime
    dag_id: str
    run_id: str
    task_id: str
    cause: str
    hint: str
    log: str


def record(settings: Settings, alarm: Alarm) -> None:
    """Append the alarm as one line, in one write: two tasks that fail at once don't mix."""
    settings.home.mkdir(parents=True, exist_ok=True)
    line = msgspec.json.encode(alarm) + b"\n"
    file = os.open(_path(settings), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, line)
    finally:
        os.close(file)


def recent(settings: Settings, limit: int) -> list[Alarm]:
    """The newest alarms, newest first; empty where none was ever recorded."""
    path = _path(settings)
    if not path.exists():
        return []
    with path.open("rb") as lines:
        tail = deque(lines, maxlen=limit)
    return [msgspec.json.decode(line, type=Alarm) for line in reversed(tail)]


def _path(settings: Settings) -> Path:
    return settings.home / "alarms.jsonl"
