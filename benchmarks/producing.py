"""Events a second into Kafka: our producer beside librdkafka's, same events, same broker, same run.

The peer is confluent-kafka in an environment of its own (`peers.lock`), made once in the user's
cache. `kafka-python` is the client that ours is built on, used by its own `send`. Each runs in a
process of its own that has all events in memory before the clock starts; rounds take turns.

    python -m benchmarks.producing [--events 300000] [--rounds 3]
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import typer
from kafka import KafkaProducer
from rich.console import Console
from rich.table import Table

from benchmarks.peers import environment
from ingestion.broker.bootstrap import bootstrap_servers
from ingestion.contracts.events import Interaction
from ingestion.contracts.topics import topic_of
from ingestion.producer import produce
from ingestion.pseudonyms import Pseudonyms
from ingestion.reconciliation import end_offsets, growth
from ingestion.sources.source import Message, to_message
from runtime.progress import meter
from runtime.settings import PROJECT, Settings

HERE = Path(__file__).parent
EVENT_TYPE = "attache.interaction.v1"
POSTS = 2_000
OURS, PEER, CLIENT = "attache", "confluent-kafka", "kafka-python send()"


class Measured(msgspec.Struct, frozen=True):
    """One process: `cpu` seconds while producing, `peak` bytes resident with all events loaded."""

    seconds: float
    cpu: float
    peak: int


def main(events: int = 300_000, rounds: int = 3) -> None:
    """Print the best round of each, and the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.tsv"
        size = _write(file, events)
        settings = Settings(home=Path(folder) / "home")
        with bootstrap_servers(settings) as servers:
            commands = _commands(servers, file)
            best = {name: _run(command, servers, events) for name, command in commands.items()}
            for _ in range(rounds - 1):
                for name in (OURS, PEER):
                    again = _run(commands[name], servers, events)
                    best[name] = min(best[name], again, key=lambda run: run.seconds)
    _print(best, events, size)


def sample_event(number: int, pseudonyms: Pseudonyms) -> Message:
    """A share of one of a few thousand posts, some of them much more popular than others."""
    post = f"yPost{int(POSTS * ((number * 0.6180339887) % 1.0) ** 2):04}"
    instant = f"2014-01-27T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}+08:00"
    data = Interaction(
        platform="weibo",
        verb="share",
        actor_id=pseudonyms.of("weibo", str(number * 7919 % 100_003)),
        object_id=post,
        object_type="post",
        created_at=instant,
        interaction_id=f"yR{number:07}",
    )
    return to_message("attache/benchmark", EVENT_TYPE, f"share/{post}/yR{number:07}", instant, data)


def worker(servers: str, file: str, client: str) -> None:
    """What a process of ours does: load, then produce by the clock."""
    messages = list(_read(Path(file)))
    started, cpu = time.perf_counter(), time.process_time()
    if client == CLIENT:
        _send(servers, messages)
    else:
        with meter("producing", len(messages)) as progress:
            produce(servers, messages, progress)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    json.dump({"seconds": seconds, "cpu": cpu, "peak": peak}, sys.stdout)


def _send(servers: str, messages: list[Message]) -> None:
    producer = KafkaProducer(
        bootstrap_servers=servers,
        acks="all",
        compression_type="lz4",
        linger_ms=100,
        batch_size=512 * 1024,
        metrics_enabled=False,
    )
    topic = topic_of(EVENT_TYPE).name
    for message in messages:
        producer.send(topic, message.value, message.key)
    producer.flush()
    producer.close()


def _commands(servers: str, file: Path) -> dict[str, list[str]]:
    ours = [sys.executable, "-m", "benchmarks.producing", "worker", servers, str(file)]
    peer = [str(environment("peers")), str(HERE / "peer_confluent_kafka.py")]
    return {
        OURS: [*ours, OURS],
        PEER: [*peer, servers, topic_of(EVENT_TYPE).name, str(file)],
        CLIENT: [*ours, CLIENT],
    }


def _run(command: list[str], servers: str, events: int) -> Measured:
    """Run one process; all of its events must be in the topic, or its figures mean nothing."""
    before = end_offsets(servers)
    output = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, check=True).stdout
    grown = growth(before, end_offsets(servers)) or {}
    if sum(grown.values()) != events:
        raise RuntimeError(f"{command[0]} produced {sum(grown.values())} events of {events}")
    return msgspec.json.decode(output, type=Measured)


def _print(best: dict[str, Measured], events: int, size: int) -> None:
    load = os.getloadavg()[0]
    table = Table(
        "producer",
        "events/s",
        "of librdkafka's",
        "CPU s",
        "peak MiB",
        title=f"{events:,} events of {size / events:.0f} bytes, load average {load:.1f}",
    )
    for name, run in best.items():
        table.add_row(
            name,
            f"{events / run.seconds:,.0f}",
            f"{best[PEER].seconds / run.seconds:.2f}",
            f"{run.cpu:.2f}",
            f"{run.peak / 2**20:.0f}",
        )
    Console().print(table)


def _write(file: Path, events: int) -> int:
    """One sample event a line; returns their bytes."""
    pseudonyms = Pseudonyms(b"benchmark")
    total = 0
    with file.open("wb") as lines:
        for number in range(events):
            message = sample_event(number, pseudonyms)
            total += len(message.key) + len(message.value)
            lines.write(b"%b\t%b\n" % (message.key, message.value))
    return total


def _read(file: Path) -> Iterator[Message]:
    with file.open("rb") as lines:
        for line in lines:
            key, value = line.rstrip(b"\n").split(b"\t", 1)
            yield Message(EVENT_TYPE, key, value)


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        worker(*sys.argv[2:])
    else:
        typer.run(main)
