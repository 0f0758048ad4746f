"""The landing killed: at every named point, at random instants, and again while it recovers."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from ingestion.landing import LandReport
from runtime.settings import Settings
from tests.recovery.data import write_events
from tests.recovery.lab import Lab
from tests.recovery.probe import AT_COMMITS, CHECKPOINT_SLEEP_MS, IN_THE_COURSE, Fault
from tests.recovery.scenario import Row
from tests.recovery.victim import Order

EVENTS = 500
FEWEST_TRANSACTIONS = 6
LONGEST_STATEMENT_SECONDS = 0.004
IN_A_ROW = 5
AT_ONCE = 2

T = TypeVar("T")


@dataclass(frozen=True)
class Undisturbed:
    """The run that every other is compared with.

    Attributes:
        hits: how often each point came.
        seconds: how long it took.
    """

    settings: Settings
    hits: Counter[str]
    seconds: float

    @property
    def warehouse(self) -> Path:
        return self.settings.warehouse


def undisturbed(lab: Lab, events: int = EVENTS) -> Undisturbed:
    """Fill the topics and land them with nobody interfering."""
    settings = lab.home("undisturbed")
    file = write_events(lab.folder / "events.jsonl", "main", events, seed=1)
    sent = lab.replay(settings, file)
    if sent.report is None:
        raise RuntimeError(f"The events could not be produced: {sent}")
    started = time.monotonic()
    landed = lab.land(settings)
    seconds = time.monotonic() - started
    if not isinstance(landed.report, LandReport):
        raise RuntimeError(f"The undisturbed landing failed: {landed}")
    missing = [point for point in (*IN_THE_COURSE, *AT_COMMITS) if not landed.hits[point]]
    if missing:
        raise RuntimeError(f"The landing no longer comes past {missing}: let probe.py follow it.")
    if landed.report.batches < FEWEST_TRANSACTIONS:
        raise RuntimeError(f"Only {landed.report.batches} transactions: no kill is in the middle.")
    return Undisturbed(settings, landed.hits, seconds)


def kill_at_points(lab: Lab, reference: Undisturbed, each: int) -> Iterator[Row]:
    """One row for each named point, killed at seeded occurrences of it."""
    for point in (*IN_THE_COURSE, *AT_COMMITS):
        longest = CHECKPOINT_SLEEP_MS / 1000 if point in AT_COMMITS else LONGEST_STATEMENT_SECONDS
        faults = [
            Fault(point, occurrence, delay=lab.chance.uniform(0, longest))
            for occurrence in _occurrences(lab, reference.hits[point], each)
        ]
        name = f"landing killed {point}"
        yield _together(name, faults, partial(kill_and_rerun, lab, reference))


def kill_and_rerun(lab: Lab, reference: Undisturbed, row: Row, fault: Fault) -> None:
    """Kill a landing of the whole topics, run it again, compare."""
    settings = lab.home("killed")
    row.expect_killed(lab.land(settings, fault))
    _rerun_and_compare(lab, reference, row, settings)


def kill_at_random(lab: Lab, reference: Undisturbed, tries: int) -> Iterator[Row]:
    """From outside, at any instant of the run; a run that ends before its kill counts as none."""
    seconds = [lab.chance.uniform(0, reference.seconds) for _ in range(tries)]

    def kill(row: Row, after: float) -> None:
        settings = lab.home("random")
        row.kills += lab.kill_after(Order(settings), after).killed
        _rerun_and_compare(lab, reference, row, settings)

    yield _together("landing killed at a random instant", seconds, kill)


def _together(name: str, cases: list[T], run: Callable[[Row, T], None]) -> Row:
    """Run the cases of a row, some at once: each has a home of its own."""

    def run_one(case: T) -> Row:
        part = Row(name)
        run(part, case)
        return part

    with ThreadPoolExecutor(AT_ONCE) as pool:
        parts = list(pool.map(run_one, cases))
    return Row(
        name,
        kills=sum(part.kills for part in parts),
        cases=sum(part.cases for part in parts),
        failures=[failure for part in parts for failure in part.failures],
    )


def _rerun_and_compare(lab: Lab, reference: Undisturbed, row: Row, settings: Settings) -> None:
    row.rerun(lab, settings)
    row.expect_equal(settings, reference.warehouse)
    shutil.rmtree(settings.home)


def kill_in_a_row(lab: Lab, reference: Undisturbed, rounds: int) -> Iterator[Row]:
    """Each rerun is killed too, before the one that may end."""
    row = Row(f"landing killed again while it recovers, up to {IN_A_ROW} times in a row")
    for _ in range(rounds):
        settings = lab.home("again")
        for _ in range(IN_A_ROW):
            point = lab.chance.choice(IN_THE_COURSE)
            row.kills += lab.land(settings, Fault(point, 2)).killed
        _rerun_and_compare(lab, reference, row, settings)
    yield row


def _occurrences(lab: Lab, hits: int, wanted: int) -> list[int]:
    """The first and seeded others; a run may come past a point less often than the undisturbed."""
    safe = max(1, hits // 2)
    return [1, *(lab.chance.randint(1, safe) for _ in range(wanted - 1))]
