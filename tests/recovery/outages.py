"""The broker killed while it is read or written, the producer killed in the middle of a batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runtime.settings import Settings
from tests.recovery.data import write_events
from tests.recovery.lab import Broker, Lab, Running
from tests.recovery.matrix import Undisturbed
from tests.recovery.probe import AFTER_POLL, BEFORE_BEGIN, MID_INSERT, Fault
from tests.recovery.scenario import CONTENT, Row
from tests.recovery.victim import NTH_MESSAGE, PAUSED, Order

FILE_EVENTS = 300


def kill_broker_mid_fetch(
    lab: Lab, broker: Broker, reference: Undisturbed, kills: int
) -> Iterator[Row]:
    """It dies between two fetches of a landing, and comes back."""
    row = Row("broker killed mid-fetch")
    went_on = 0
    for _ in range(kills):
        settings = lab.home("outage")
        point = lab.chance.choice([AFTER_POLL, BEFORE_BEGIN, MID_INSERT])
        running = lab.start(Order(settings, Fault(point, lab.chance.randint(1, 3), "pause")))
        _kill_broker(row, broker, running)
        went_on += running.wait().report is not None
        row.rerun(lab, settings)
        row.expect_equal(settings, reference.warehouse)
    row.note = f"{went_on} of {kills} landings went on by themselves"
    yield row


def kill_broker_mid_produce(
    lab: Lab, broker: Broker, reference: Path, files: dict[str, Path]
) -> Iterator[Row]:
    """It dies while a replay sends, and comes back."""
    row = Row("broker killed mid-produce", CONTENT)
    settings = lab.home("produced")
    went_on = 0
    for marker, file in files.items():
        producing = _producer_home(lab)
        nth = lab.chance.randint(2, FILE_EVENTS)
        running = lab.start(Order(producing, Fault(NTH_MESSAGE, nth, "pause"), file=file))
        _kill_broker(row, broker, running)
        if running.wait().report is not None:
            went_on += 1
        else:
            _replay_again(row, lab, producing, file)
        row.rerun(lab, settings)
        row.expect_same_content(settings, reference, marker)
    row.note = f"{went_on} of {len(files)} replays went on by themselves"
    yield row


def kill_producer(lab: Lab, reference: Path, files: dict[str, Path]) -> Iterator[Row]:
    """It dies at some message, and the same replay is started again."""
    row = Row("producer killed mid-batch", CONTENT)
    settings = lab.home("resent")
    for marker, file in files.items():
        producing = _producer_home(lab)
        fault = Fault(NTH_MESSAGE, lab.chance.randint(2, FILE_EVENTS))
        row.expect_killed(lab.replay(producing, file, fault))
        _replay_again(row, lab, producing, file)
        row.rerun(lab, settings)
        row.expect_same_content(settings, reference, marker)
    yield row


def write_files(lab: Lab, name: str, count: int) -> dict[str, Path]:
    """A file of events for each kill, so that what it sent can be told from what others did."""
    markers = [f"{name}{number:02}" for number in range(count)]
    return {
        marker: write_events(lab.folder / f"{marker}.jsonl", marker, FILE_EVENTS, seed=2)
        for marker in markers
    }


def undisturbed_content(lab: Lab, files: dict[str, Path]) -> Path:
    """The warehouse after each file was sent once and landed, with nobody interfering."""
    settings = lab.home("undisturbed-content")
    for file in files.values():
        if lab.replay(settings, file).report is None:
            raise RuntimeError(f"{file} could not be produced.")
    if lab.land(settings).report is None:
        raise RuntimeError("The undisturbed landing failed.")
    return settings.warehouse


def _kill_broker(row: Row, broker: Broker, running: Running) -> None:
    """Kill it at the point where the victim waits, start it again, let the victim go on.

    The victim goes on first: it finds the broker gone.
    """
    paused = running.wait_for(PAUSED)
    row.expect(paused, "the victim ended before the broker could be killed")
    broker.kill()
    if paused:
        running.resume()
    broker.start()
    row.kills += paused


def _replay_again(row: Row, lab: Lab, settings: Settings, file: Path) -> None:
    again = lab.replay(settings, file)
    row.expect(again.report is not None, f"the replay failed again: {again.message}")


def _producer_home(lab: Lab) -> Settings:
    return lab.home("producer")
