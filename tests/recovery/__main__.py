"""`make recovery`: the whole crash matrix, and its table into docs/reference/recovery.md."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Optional

import typer

from runtime.clock import parse_instant
from runtime.progress import console
from runtime.settings import PROJECT
from tests.recovery import changes, gone, matrix, outages, row_groups
from tests.recovery.lab import Broker, Lab, running_broker
from tests.recovery.report import FEWEST_KILLS, write_report
from tests.recovery.scenario import Row

PAGE = PROJECT / "docs" / "reference" / "recovery.md"
SEED = 20141128
KILLS_AT_EACH_POINT = 10
TRIES_AT_RANDOM = 45
KILLS_OF_TWO_THREADS = 4
BROKER_KILLS = 5
PRODUCER_KILLS = 12


def main(
    at: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it
        typer.Option("--at", help="The date that the page shows, with an offset. Default: now."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the kills.")] = SEED,
) -> None:
    """Kill everything everywhere, compare every rerun with an undisturbed run, write the page."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the brokers go with it
    logical_at, started = parse_instant(at), time.monotonic()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="attache-recovery-") as folder:
        for row in run_all(Path(folder), seed):
            rows.append(row)
            kills, seconds = sum(r.kills for r in rows), time.monotonic() - started
            console.print(f"{seconds:5.0f} s  {kills:4} kills  {row.scenario}: {row.outcome}")
            for failure in row.failures:
                console.print(f"        {failure}", style="red", soft_wrap=True)
    write_report(PAGE, rows, logical_at, seed)
    kills = sum(row.kills for row in rows)
    failures = sum(len(row.failures) for row in rows)
    console.print(f"{kills} kills, {failures} differences. The table is in {PAGE}.")
    sys.exit(1 if failures or kills < FEWEST_KILLS else 0)


def run_all(folder: Path, seed: int) -> Iterator[Row]:
    """Every scenario, a row each."""
    with running_broker(folder / "broker") as broker:
        yield from _run_on_fixed_topics(folder, broker, seed)
    with running_broker(folder / "second-broker") as second:
        second_lab = Lab(folder, second.servers, seed + 1)
        for scenario in (
            gone.add_partitions,
            gone.pass_retention,
            gone.recreate_topic,
            gone.pass_retention_meanwhile,
        ):
            yield from scenario(second_lab)
    with running_broker(folder / "third-broker") as third:
        large = Lab(folder / "large", third.servers, seed + 2, small=False)
        yield from row_groups.kill_two_threads(large, KILLS_OF_TWO_THREADS)


def _run_on_fixed_topics(folder: Path, broker: Broker, seed: int) -> Iterator[Row]:
    """What leaves the topics as they are, so that one undisturbed run serves them all."""
    lab = Lab(folder, broker.servers, seed)
    calm = matrix.undisturbed(lab)
    yield from matrix.kill_at_points(lab, calm, KILLS_AT_EACH_POINT)
    yield from matrix.kill_at_random(lab, calm, TRIES_AT_RANDOM)
    yield from matrix.kill_in_a_row(lab, calm, rounds=3)
    yield from changes.fill_disk(lab, calm)
    yield from changes.limit_files(lab, calm)
    yield from changes.restore_older_copy(lab, calm)
    yield from changes.race_two_landings(lab, calm, rounds=6)
    yield from changes.turn_clock_back(lab, calm)
    yield from changes.commit_foreign_offsets(lab, calm)
    yield from outages.kill_broker_mid_fetch(lab, broker, calm, BROKER_KILLS)
    yield from _run_producers(lab, broker)


def _run_producers(lab: Lab, broker: Broker) -> Iterator[Row]:
    producing = outages.write_files(lab, "producer", PRODUCER_KILLS)
    outage = outages.write_files(lab, "outage", BROKER_KILLS)
    with running_broker(lab.folder / "calm-broker") as calm:
        calm_lab = Lab(lab.folder / "calm", calm.servers, 0)
        reference = outages.undisturbed_content(calm_lab, {**producing, **outage})
    yield from outages.kill_producer(lab, reference, producing)
    yield from outages.kill_broker_mid_produce(lab, broker, reference, outage)


if __name__ == "__main__":
    typer.run(main)
