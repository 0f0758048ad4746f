"""The harness's side: starts victims and brokers as processes, kills them by their id."""

from __future__ import annotations

import itertools
import multiprocessing
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import psutil
from msgspec.structs import replace

from ingestion.broker.embedded import EmbeddedKafka
from ingestion.broker.provisioning import provision
from runtime.child import Child
from runtime.settings import Settings
from tests.recovery import victim
from tests.recovery.probe import Fault
from tests.recovery.victim import READY, Order, Outcome

HEAP = "256m"
LANDING_BATCH_RECORDS = 60
PATIENCE_SECONDS = 300
SLOW_IMPORTS = ("pandas", "pyarrow.dataset")
"""What DuckDB imports when it is first handed an Arrow table."""


class StuckError(Exception):
    """A victim neither ended nor was killed."""


class Running:
    """One victim, from its start to its end."""

    def __init__(self, process: ForkServerProcess, pipe: Connection, log: Path) -> None:
        self._process = process
        self._pipe = pipe
        self._log = log
        self._outcome: Outcome | None = None

    def wait_for(self, word: str) -> bool:
        """True when it says the word; False where it ended before it could."""
        try:
            said = self._said()
        except EOFError:
            return False
        if isinstance(said, Outcome):
            self._outcome = said
        return said == word

    def resume(self) -> None:
        self._pipe.send("on")

    def kill(self) -> None:
        self._process.kill()

    def wait(self) -> Outcome:
        """How it ended. Without a word: it was killed."""
        try:
            while self._outcome is None:
                said = self._said()
                self._outcome = said if isinstance(said, Outcome) else None
        except EOFError:
            self._outcome = Outcome()
        self._process.join()
        return self._outcome

    def _said(self) -> object:
        if not self._pipe.poll(PATIENCE_SECONDS):
            self._process.kill()
            raise StuckError(f"Nothing heard for {PATIENCE_SECONDS} s; its log is {self._log}")
        return self._pipe.recv()


class Lab:
    """A folder of homes, and the processes that work on them.

    Victims are forked from a server that has imported everything and started nothing, so each is a
    process of its own that costs a few milliseconds.

    Args:
        small: fetches and transactions are, so that few events make many of them; else they are as
            in earnest.
    """

    def __init__(self, folder: Path, servers: str, seed: int, small: bool = True) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.servers = servers
        self.small = small
        self.chance = random.Random(seed)  # noqa: S311 - the same kills for the same seed
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([victim.__name__, *SLOW_IMPORTS])
        self._numbers = itertools.count(1)

    def home(self, name: str, folder: Path | None = None) -> Settings:
        """A new home that uses this lab's broker."""
        path = (folder or self.folder) / f"{next(self._numbers):03}-{name}"
        settings = Settings(home=path, kafka_bootstrap_servers=self.servers, dead_letter_share=1.0)
        if not self.small:
            return settings
        return replace(settings, landing_batch_records=LANDING_BATCH_RECORDS)

    def start(self, order: Order) -> Running:
        """A victim that is at work."""
        here, there = self._context.Pipe()
        log = self.folder / "victims.log"
        process = self._context.Process(target=victim.run, args=(order, there, log))
        process.start()
        there.close()
        running = Running(process, here, log)
        running.wait_for(READY)
        return running

    def land(self, settings: Settings, fault: Fault | None = None) -> Outcome:
        return self.start(Order(settings, fault, small=self.small)).wait()

    def replay(self, settings: Settings, file: Path, fault: Fault | None = None) -> Outcome:
        return self.start(Order(settings, fault, file=file)).wait()

    def kill_after(self, order: Order, seconds: float) -> Outcome:
        """Kill a victim a while after it began."""
        running = self.start(order)
        time.sleep(seconds)
        running.kill()
        return running.wait()


class Broker:
    """A real Kafka that can be killed and started again on the same storage and port."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, kafka_heap=HEAP)
        self._kafka = EmbeddedKafka(self.settings)
        self.servers = self._kafka.bootstrap_servers

    def start(self) -> None:
        self._kafka = EmbeddedKafka(self.settings)
        self._kafka.__enter__()

    def stop(self) -> None:
        self._kafka.__exit__(None, None, None)

    def kill(self) -> None:
        folder = self._kafka.folder
        process = Child("Kafka", folder / "broker.json", folder / "unused.log").find()
        if process is None:
            raise StuckError("The broker was to be killed and does not run.")
        process.kill()
        psutil.wait_procs([process])


@contextmanager
def running_broker(home: Path) -> Iterator[Broker]:
    """A broker with the contract's topics, empty."""
    broker = Broker(home)
    broker.start()
    try:
        provision(broker.servers)
        yield broker
    finally:
        broker.stop()
