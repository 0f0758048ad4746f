"""What runs in the processes that are killed: one landing or one replay, watched by a probe.

Fetches and producer batches are made small, so that a few thousand events make many of them; but
for landings that are to fill row groups.
"""

from __future__ import annotations

import os
import resource
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import kafka

from ingestion import delivery, drain, landing, replay
from ingestion.landing import LandReport
from ingestion.pseudonyms import Pseudonyms
from ingestion.replay import ReplayReport, open_source
from ingestion.sources.events import EventsFile
from runtime import clock
from runtime.errors import AttacheError
from runtime.run import Run
from runtime.settings import Settings
from tests.recovery.probe import INSIDE_CLOSE, Fault, Probe, Watched

RUN = Run("recovery", datetime(2014, 4, 6, tzinfo=UTC))
RECONNECT: dict[str, Any] = {"reconnect_backoff_max_ms": 500}
"""The client's own 30 s would only make a broker's return go unnoticed for so long."""
SMALL_FETCH = {"fetch_max_bytes": 8_192, "max_partition_fetch_bytes": 4_096, **RECONNECT}
SMALL_BATCH_BYTES = 4_096
READY, PAUSED = "ready", "paused"
NTH_MESSAGE = "at a message of the replay"


@dataclass(frozen=True)
class Order:
    """What a victim is to do, and what is to befall it.

    Attributes:
        file: replay this events file; None means: land.
        clock_back: how far its clock is behind.
        file_bytes: no file may grow beyond this.
        small: fetches are; else they are as large as in earnest.
    """

    settings: Settings
    fault: Fault | None = None
    file: Path | None = None
    accept_gaps: bool = False
    clock_back: timedelta = timedelta()
    file_bytes: int | None = None
    small: bool = True


@dataclass(frozen=True)
class Outcome:
    """What a victim said before it ended: its report, or its error; neither where it was killed."""

    report: LandReport | ReplayReport | None = None
    error: str | None = None
    message: str = ""
    hits: Counter[str] = field(default_factory=Counter)

    @property
    def killed(self) -> bool:
        return self.report is None and self.error is None


def run(order: Order, pipe: Connection, log: Path) -> None:
    """The process: says it is ready, does its work, says how it went."""
    _write_to(log)
    probe = Probe(order.fault, lambda: _pause(pipe))
    _watch(order, probe)
    pipe.send(READY)
    try:
        report = _work(order, probe)
    except AttacheError as error:
        pipe.send(Outcome(error=type(error).__name__, message=str(error), hits=probe.hits))
    except Exception as error:
        traceback.print_exc()
        name = f"{type(error).__module__}.{type(error).__name__}"
        pipe.send(Outcome(error=name, message=str(error), hits=probe.hits))
    else:
        pipe.send(Outcome(report, hits=probe.hits))


def _work(order: Order, probe: Probe) -> LandReport | ReplayReport:
    if order.file is None:
        return landing.land(order.settings, RUN, order.accept_gaps)
    source = open_source(None, "events", order.file, None)
    return replay.replay(order.settings, source)


def _watch(order: Order, probe: Probe) -> None:
    """Put the probe between the parts. Only this process sees it."""

    def opened(inner: Any) -> Any:
        @contextmanager
        def open_watched(settings: Settings) -> Iterator[Any]:
            closing = ExitStack()
            with inner(settings) as connection:
                yield Watched(connection, probe)
                closing.enter_context(probe.within(INSIDE_CLOSE))
            closing.close()

        return open_watched

    def each_message(inner: Any) -> Any:
        def messages(self: EventsFile, pseudonyms: Pseudonyms) -> Iterator[Any]:
            for message in inner(self, pseudonyms):
                probe.hit(NTH_MESSAGE)
                yield message

        return messages

    _wrap(landing, "open_warehouse", opened)
    _wrap(drain, "read_batches", lambda inner: lambda *a, **k: probe.batches(inner(*a, **k)))
    _wrap(EventsFile, "messages", each_message)
    fetch = SMALL_FETCH if order.small else RECONNECT
    _wrap(kafka.KafkaConsumer, "__init__", lambda inner: _with(inner, fetch))
    _wrap(delivery, "BATCH_BYTES", lambda _: SMALL_BATCH_BYTES)
    for module in (clock, landing):
        _wrap(module, "now", lambda inner: lambda: inner() - order.clock_back)
    if order.file_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.file_bytes, order.file_bytes))


def _wrap(owner: Any, name: str, wrapper: Callable[[Any], Any]) -> None:
    """Put something in the place of what is there; it is an error where nothing is."""
    setattr(owner, name, wrapper(getattr(owner, name)))


def _with(make: Callable[..., None], small: dict[str, Any]) -> Callable[..., None]:
    return lambda self, *args, **config: make(self, *args, **{**config, **small})


def _pause(pipe: Connection) -> None:
    pipe.send(PAUSED)
    pipe.recv()


def _write_to(log: Path) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
