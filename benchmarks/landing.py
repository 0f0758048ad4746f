"""Kafka into DuckDB: our landing beside bare consumption by kcat, and beside ingestr.

One topic on one embedded broker, filled once; then each reads it from its first offset to its end,
in a process of its own, in turn. kcat only consumes and throws away: it is the ceiling, not a peer;
what it does where somebody wants the events is measured too, as text into a file. At the smallest
size only come peers in environments of their own: confluent-kafka, librdkafka's client for Python,
which merely consumes here (`peers.lock`), and once, at a fiftieth of our speed, ingestr
(`ingestr.lock`). There, small drains are measured too: 100 new events, in process, with the broker
up and the rest landed, from the call to its report.

    python -m benchmarks.landing [--events 1000000] [--events 10000000] [--rounds 3]
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.peers import environment
from benchmarks.process import Measured, run_process
from benchmarks.producing import EVENT_TYPE, sample_event
from ingestion.broker.bootstrap import bootstrap_servers
from ingestion.contracts.topics import topic_of
from ingestion.landing import land
from ingestion.producer import produce
from ingestion.pseudonyms import Pseudonyms
from ingestion.sources.source import Message
from runtime.clock import parse_instant
from runtime.progress import console, meter
from runtime.run import Run
from runtime.settings import PROJECT, Settings

TOPIC = topic_of(EVENT_TYPE).name
SMALL_EVENTS, SMALL_DRAINS = 100, 5
KCAT, KEPT = "kcat, consume only", "kcat, into a file"
LANDING, CLIENT, INGESTR = "attache land", "confluent-kafka, consume only", "ingestr"


def main(
    events: Annotated[list[int], typer.Option(help="A size; may be given again.")] = [1_000_000],  # noqa: B006
    rounds: int = 3,
    with_peers: bool = True,
) -> None:
    """Print, for each size, the median round of each and the ratios."""
    if shutil.which("kcat") is None:
        console.print("kcat is missing. Type:  apt-get install kcat")
        raise typer.Exit(2)
    for size in sorted(events):
        with tempfile.TemporaryDirectory() as folder:
            peers = with_peers and size == min(events)
            _print(size, _measure(Path(folder), size, rounds, peers))


def _measure(folder: Path, events: int, rounds: int, peers: bool) -> dict[str, Measured]:
    settings = Settings(home=folder / "broker")
    runs: dict[str, list[Measured]] = {KCAT: [], KEPT: [], LANDING: []}
    with bootstrap_servers(settings) as servers:
        with meter("producing", events) as progress:
            produce(servers, _messages(events), progress)
        for number in range(rounds):
            runs[KCAT].append(_kcat(servers, os.devnull))
            runs[KEPT].append(_kcat(servers, str(folder / "events")))
            (folder / "events").unlink()  # or the disk would be busy with it beside the next reader
            runs[LANDING].append(_land(servers, folder / f"home{number}", events))
            if peers:
                runs.setdefault(CLIENT, []).append(_client(servers, events))
        if peers:
            runs[INGESTR] = [_ingestr(servers, folder / "ingestr.duckdb", events)]
            _print_small_drains(_small_drains(servers, folder / "small", events))
    return {name: _median(found) for name, found in runs.items()}


def _median(runs: list[Measured]) -> Measured:
    return sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]


def _messages(events: int) -> Iterator[Message]:
    pseudonyms = Pseudonyms(b"benchmark")
    return (sample_event(number, pseudonyms) for number in range(events))


def _kcat(servers: str, output: str) -> Measured:
    command = ["kcat", "-C", "-q", "-e", "-b", servers, "-t", TOPIC, "-o", "beginning"]
    return run_process(command, {}, output)


def _land(servers: str, home: Path, events: int) -> Measured:
    environment_of_home = {"ATTACHE_HOME": str(home), "KAFKA_BOOTSTRAP_SERVERS": servers}
    command = [sys.executable, "-c", "from attache.cli import main; main()", "land", "--json"]
    measured = run_process(command, environment_of_home)
    _expect(home / "warehouse.duckdb", f"raw.{topic_of(EVENT_TYPE).table}", events)
    shutil.rmtree(home)
    return measured


def _small_drains(servers: str, home: Path, landed: int) -> list[float]:
    """Seconds of each landing of a few new events, the whole topic having been landed before."""
    settings = Settings(home=home, kafka_bootstrap_servers=servers)
    run = Run.manual(parse_instant(None))
    land(settings, run)
    pseudonyms = Pseudonyms(b"benchmark")
    seconds = []
    for first in range(landed, landed + SMALL_DRAINS * SMALL_EVENTS, SMALL_EVENTS):
        messages = [sample_event(first + n, pseudonyms) for n in range(SMALL_EVENTS)]
        with meter("producing", SMALL_EVENTS) as progress:
            produce(servers, messages, progress)
        started = time.perf_counter()
        if land(settings, run).rows != SMALL_EVENTS:
            raise RuntimeError("A small drain did not land what was new.")
        seconds.append(time.perf_counter() - started)
    return seconds


def _print_small_drains(seconds: list[float]) -> None:
    Console().print(
        f"{SMALL_EVENTS} new events land in {statistics.median(seconds):.2f} s "
        f"(median of {len(seconds)}; worst {max(seconds):.2f} s)."
    )


def _client(servers: str, events: int) -> Measured:
    consumer = Path(__file__).with_name("consumer_confluent_kafka.py")
    command = [str(environment("peers")), str(consumer), servers, TOPIC, str(events)]
    return run_process(command, {})


def _ingestr(servers: str, file: Path, events: int) -> Measured:
    program = environment("ingestr").parent / "ingestr"
    source = f"kafka://?bootstrap_servers={servers}&group_id=attache-benchmark"
    command = [str(program), "ingest", "--yes", "--source-uri", source, "--source-table", TOPIC]
    command += ["--dest-uri", f"duckdb:///{file}", "--dest-table", "main.events"]
    measured = run_process(
        command, {"DISABLE_TELEMETRY": "true", "RUNTIME__DLTHUB_TELEMETRY": "false"}
    )
    _expect(file, "main.events", events)
    return measured


def _expect(file: Path, table: str, events: int) -> None:
    """All events must be there, or the figures mean nothing."""
    with duckdb.connect(str(file), read_only=True) as connection:
        counted = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    if counted != (events,):
        raise RuntimeError(f"{table} holds {counted} rows of {events}")


def _print(events: int, measured: dict[str, Measured]) -> None:
    table = Table(
        "reader",
        "events/s",
        "of kcat's",
        "CPU s",
        "peak MiB",
        title=f"{events:,} events, load average {os.getloadavg()[0]:.1f}",
    )
    for name, run in measured.items():
        table.add_row(
            name,
            f"{events / run.seconds:,.0f}",
            f"{measured[KCAT].seconds / run.seconds:.2f}",
            f"{run.cpu:.1f}",
            f"{run.peak / 2**20:.0f}",
        )
    Console().print(table)
    if INGESTR in measured:
        times = measured[INGESTR].seconds / measured[LANDING].seconds
        Console().print(f"attache land is {times:.1f} times as fast as ingestr.")


if __name__ == "__main__":
    os.chdir(PROJECT)
    typer.run(main)
