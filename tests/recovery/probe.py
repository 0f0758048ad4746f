"""The named points of a landing, seen from outside: no hook stands in production code.

The connection that the landing is given is wrapped, so that its statements can be told; what is
read from Kafka is wrapped where the landing asks for the next batch. A point that a change of the
landing has made unreachable fails the run (see `matrix.py`), so this list can't rot unseen.
"""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from ingestion.contracts.topics import load_topics

AFTER_POLL = "after poll"
BEFORE_BEGIN = "before begin"
AFTER_BEGIN = "after begin"
INSIDE_INSERT = "inside an insert"
MID_INSERT = "mid-insert, between rows and dead letters"
BEFORE_ACCOUNT = "before account"
BEFORE_OFFSETS = "before the next offsets are written"
BEFORE_COMMIT = "before commit"
INSIDE_COMMIT = "inside commit"
AFTER_COMMIT = "after commit"
TWO_THREADS = "before two threads insert"
BEFORE_FINISH = "before the drain is closed"
INSIDE_CLOSE = "during the checkpoint at closing"
CHECKPOINT_SLOW = "during a checkpoint, at a random instant"
CHECKPOINT_STAGES = {
    "during a checkpoint, before its header": "BEFORE_HEADER",
    "during a checkpoint, after the free list": "AFTER_FREE_LIST_WRITE",
    "during a checkpoint, before the log is truncated": "BEFORE_TRUNCATE",
}
"""DuckDB's own points inside a checkpoint: it stops there, and then the process is killed."""

IN_THE_COURSE = (
    AFTER_POLL, BEFORE_BEGIN, AFTER_BEGIN, INSIDE_INSERT, MID_INSERT, BEFORE_ACCOUNT,
    BEFORE_OFFSETS, BEFORE_COMMIT, INSIDE_COMMIT, AFTER_COMMIT, BEFORE_FINISH, INSIDE_CLOSE,
)  # fmt: skip
AT_COMMITS = (CHECKPOINT_SLOW, *CHECKPOINT_STAGES)
"""These come with a commit that is made to checkpoint, so they occur as often as commits do."""

_EVENT_TABLES = "|".join(topic.table for topic in load_topics())
_STATEMENTS = (
    (re.compile(rf"\s*INSERT INTO raw\.({_EVENT_TABLES})\b", re.I), "insert"),
    (re.compile(r"\s*SET preserve_insertion_order = false\b", re.I), "threads"),
    (re.compile(r"\s*INSERT INTO raw\.batches\b", re.I), "account"),
    (re.compile(r"\s*(INSERT INTO|UPDATE) raw\.offsets\b", re.I), "offsets"),
    (re.compile(r"\s*UPDATE raw\.drains\b", re.I), "finish"),
    (re.compile(r"\s*BEGIN\b", re.I), "begin"),
    (re.compile(r"\s*COMMIT\b", re.I), "commit"),
)
_BEFORE = {
    "insert": INSIDE_INSERT,
    "threads": TWO_THREADS,
    "account": BEFORE_ACCOUNT,
    "offsets": BEFORE_OFFSETS,
    "finish": BEFORE_FINISH,
    "begin": BEFORE_BEGIN,
    "commit": BEFORE_COMMIT,
}
_AFTER = {"insert": MID_INSERT, "begin": AFTER_BEGIN, "commit": AFTER_COMMIT}
CHECKPOINT_SLEEP_MS = 60


@dataclass(frozen=True)
class Fault:
    """What is to happen at which occurrence of a point.

    Attributes:
        action: be killed, or tell the harness and wait for its answer.
        delay: seconds from the point to the kill, where the point lasts.
    """

    point: str
    occurrence: int = 1
    action: Literal["kill", "pause"] = "kill"
    delay: float = 0


class Probe:
    """Counts the points as they pass, and acts at the one that the fault names."""

    def __init__(self, fault: Fault | None, pause: Callable[[], None]) -> None:
        self.hits: Counter[str] = Counter()
        self._fault = fault
        self._pause = pause

    def hit(self, point: str) -> None:
        """A point that has no duration."""
        if not self._is_due(point):
            return
        if self._fault and self._fault.action == "pause":
            self._pause()
        else:
            kill_self()

    @contextmanager
    def within(self, point: str) -> Iterator[None]:
        """A point that lasts: the kill falls inside, at the latest on its end."""
        with self.dying(self._is_due(point)):
            yield

    @contextmanager
    def dying(self, due: bool) -> Iterator[None]:
        if due and self._fault:
            threading.Thread(target=_kill_after, args=(self._fault.delay,), daemon=True).start()
        yield
        if due:
            kill_self()

    def due_at_commit(self) -> str | None:
        """Which of the checkpoint's points this commit is to be killed at, if any."""
        due = [point for point in AT_COMMITS if self._is_due(point)]
        return due[0] if due else None

    def _is_due(self, point: str) -> bool:
        self.hits[point] += 1
        fault = self._fault
        return fault is not None and (fault.point, fault.occurrence) == (point, self.hits[point])

    def batches(self, inner: Iterator[Any]) -> Iterator[Any]:
        """The landing's batches, each a point of its own."""
        for batch in inner:
            self.hit(AFTER_POLL)
            yield batch


class Watched:
    """A DuckDB connection that tells the probe which statement is about to run, and has."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, probe: Probe) -> None:
        self._connection = connection
        self._probe = probe
        connection.execute("SET python_scan_all_frames = true")  # our frame stands in between

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def cursor(self) -> Watched:
        return Watched(self._connection.cursor(), self._probe)

    def begin(self) -> Any:
        return self._told("begin", self._connection.begin)

    def commit(self) -> Any:
        return self._told("commit", self._connection.commit)

    def execute(self, query: Any, *args: Any, **named: Any) -> Any:
        return self._told(_kind(query), self._connection.execute, query, *args, **named)

    def sql(self, query: Any, *args: Any, **named: Any) -> Any:
        return self._told(_kind(query), self._connection.sql, query, *args, **named)

    def _told(self, kind: str | None, call: Callable[..., Any], *args: Any, **named: Any) -> Any:
        if kind in _BEFORE and kind != "insert":
            self._probe.hit(_BEFORE[kind])
        if kind == "insert":
            with self._probe.within(INSIDE_INSERT):
                result = call(*args, **named)
        elif kind == "commit":
            result = self._committed(call, *args, **named)
        else:
            result = call(*args, **named)
        if kind in _AFTER:
            self._probe.hit(_AFTER[kind])
        return result

    def _committed(self, call: Callable[..., Any], *args: Any, **named: Any) -> Any:
        point = self._probe.due_at_commit()
        if point:
            stage = CHECKPOINT_STAGES.get(point)
            sleep = f"debug_checkpoint_sleep_ms = {CHECKPOINT_SLEEP_MS}"
            self._connection.execute("SET wal_autocheckpoint = '1B'")
            self._connection.execute(
                f"SET debug_checkpoint_abort = '{stage}'" if stage else f"SET {sleep}"
            )
        with self._probe.dying(point == CHECKPOINT_SLOW), self._probe.within(INSIDE_COMMIT):
            try:
                return call(*args, **named)
            except duckdb.Error:
                if point:
                    kill_self()
                raise


def kill_self() -> None:
    """Die here and now, without a word."""
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()


def _kill_after(seconds: float) -> None:
    time.sleep(seconds)
    kill_self()


def _kind(query: object) -> str | None:
    if not isinstance(query, str):
        return None
    return next((kind for pattern, kind in _STATEMENTS if pattern.match(query)), None)
