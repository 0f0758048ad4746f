"""The ground moving: full disk, topics made anew, retention, partitions, copies, clocks, rivals."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import duckdb
from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata
from msgspec.structs import replace

from runtime.settings import Settings
from tests.recovery.data import write_events
from tests.recovery.lab import Lab
from tests.recovery.matrix import Undisturbed
from tests.recovery.probe import AFTER_BEGIN, AFTER_POLL, MID_INSERT, Fault
from tests.recovery.scenario import Row
from tests.recovery.victim import PAUSED, Order

SMALL_DISKS_KIB = (16, 64, 120, 180, 240)
SMALL_FILES_BYTES = (14_000, 20_000, 60_000, 120_000, 180_000)


def fill_disk(lab: Lab, reference: Undisturbed) -> Iterator[Row]:
    """No room in the middle of a landing; then there is."""
    row = Row("disk full: a small tmpfs")
    ends: list[str] = []
    for kib in SMALL_DISKS_KIB:
        with _small_disk(lab.folder / "disk", kib) as disk:
            if disk is None:
                row.note = "not run: no file system may be mounted here; see the next row"
                break
            settings = lab.home("small", disk)
            ends.append(_land_without_room(lab, Order(settings)))
            moved = replace(settings, home=lab.folder / settings.home.name)
            shutil.copytree(settings.home, moved.home)
        row.rerun(lab, moved)
        row.expect_equal(moved, reference.warehouse)
    else:
        _note_ends(row, ends)
    yield row


def limit_files(lab: Lab, reference: Undisturbed) -> Iterator[Row]:
    """The same by a limit on the size of files, which needs no rights."""
    row = Row("disk full: a limit on file sizes (RLIMIT_FSIZE)")
    ends: list[str] = []
    for size in SMALL_FILES_BYTES:
        settings = lab.home("limited")
        ends.append(_land_without_room(lab, Order(settings, file_bytes=size)))
        row.rerun(lab, settings)
        row.expect_equal(settings, reference.warehouse)
    _note_ends(row, ends)
    yield row


def restore_older_copy(lab: Lab, reference: Undisturbed) -> Iterator[Row]:
    """The warehouse of some transactions ago is put back over the present one."""
    row = Row("warehouse restored from an older copy")
    for occurrence in (2, 4, 6):
        settings = lab.home("restored")
        row.expect_killed(lab.land(settings, Fault(AFTER_BEGIN, occurrence)))
        older = lab.folder / "older"
        shutil.copytree(settings.home, older)
        row.rerun(lab, settings)
        shutil.rmtree(settings.home)
        older.rename(settings.home)
        row.rerun(lab, settings)
        row.expect_equal(settings, reference.warehouse)
    yield row


def race_two_landings(lab: Lab, reference: Undisturbed, rounds: int) -> Iterator[Row]:
    """Two at once on one warehouse: one writes, the other is told so or comes after."""
    row = Row("two landings started at once")
    refused = 0
    for number in range(rounds):
        settings = lab.home("raced")
        first = lab.start(Order(settings, Fault(AFTER_POLL, 1, "pause") if number % 2 else None))
        held = bool(number % 2) and first.wait_for(PAUSED)
        outcomes = [lab.land(settings)]
        if held:
            row.expect_error(outcomes[0], "AttacheError", "One process writes at a time")
            first.resume()
        outcomes.append(first.wait())
        for outcome in outcomes:
            if outcome.report is None:
                row.expect_error(outcome, "AttacheError", "One process writes at a time")
                refused += 1
        row.expect(any(o.report for o in outcomes), "neither landed anything")
        row.rerun(lab, settings)
        row.expect_equal(settings, reference.warehouse)
    row.note = f"{refused} told that one process writes at a time"
    yield row


def turn_clock_back(lab: Lab, reference: Undisturbed) -> Iterator[Row]:
    """Killed in the middle; the run after it believes itself to be two years earlier."""
    row = Row("clock moved back between two runs")
    for back in (timedelta(hours=1), timedelta(days=730)):
        settings = lab.home("clock")
        row.expect_killed(lab.land(settings, Fault(MID_INSERT, 3)))
        late = lab.start(Order(settings, clock_back=back)).wait()
        row.expect(late.report is not None, f"it failed: {late.message}")
        row.rerun(lab, settings)
        row.expect_equal(settings, reference.warehouse)
    yield row


def commit_foreign_offsets(lab: Lab, reference: Undisturbed) -> Iterator[Row]:
    """A consumer group of the landing's name joins, commits nonsense and leaves, in the middle."""
    row = Row("a group rebalanced, its offsets committed elsewhere")
    settings = lab.home("group")
    running = lab.start(Order(settings, Fault(AFTER_POLL, 2, "pause")))
    row.expect(running.wait_for(PAUSED), "it ended too early")
    partition = TopicPartition("attache.posts.v1", 0)
    for _ in range(2):
        member = KafkaConsumer(
            bootstrap_servers=lab.servers, group_id="attache-landing", enable_auto_commit=False
        )
        member.subscribe([partition.topic])
        while not member.assignment():
            member.poll(timeout_ms=200)
        member.commit({partition: OffsetAndMetadata(1, "", -1)})
        member.close()
    running.resume()
    row.expect(running.wait().report is not None, "the landing failed")
    row.expect_equal(settings, reference.warehouse)
    row.note = "the landing is in no group and asks the broker for no offset"
    yield row


def _land_without_room(lab: Lab, order: Order) -> str:
    """What it ended by; a little room may hold the log of all transactions, if not the file."""
    outcome = lab.start(order).wait()
    return outcome.error or ("killed" if outcome.killed else "")


def _note_ends(row: Row, ends: list[str]) -> None:
    failed = [end for end in ends if end]
    row.expect(len(failed) > 1, f"only {len(failed)} ran out of room: make it less")
    row.expect(set(failed) <= {"WarehouseWriteError"}, f"it was not named: {set(failed)}")
    row.note = f"{len(failed)} of {len(ends)} ended by {', '.join(sorted(set(failed)))}"


@contextmanager
def _small_disk(folder: Path, kib: int) -> Iterator[Path | None]:
    """A file system of this size; None where this process may not mount one."""
    folder.mkdir(exist_ok=True)
    argv = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(folder)]
    if subprocess.run(argv, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def count_rows(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    """Ask a warehouse that nobody has open."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def send(lab: Lab, name: str, events: int = 200) -> None:
    """More events into the topics."""
    file = write_events(lab.folder / f"{name}.jsonl", name, events, seed=3)
    outcome = lab.replay(lab.home("sender"), file)
    if outcome.report is None:
        raise RuntimeError(f"{name} could not be produced: {outcome.message}")
