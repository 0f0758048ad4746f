"""The embedded broker's promises, kept by a real Apache Kafka: started, killed, found again."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from msgspec.structs import replace

from ingestion.broker.answer import cluster_id_of
from ingestion.broker.bootstrap import bootstrap_servers
from ingestion.broker.embedded import EmbeddedKafka
from ingestion.broker.provisioning import Difference, provision
from ingestion.contracts.topics import load_topics
from runtime.child import ChildFailedError
from runtime.errors import AttacheError
from runtime.settings import Settings

POSTS = "attache.posts.v1"
OWNER = """
import sys
from ingestion.broker.embedded import EmbeddedKafka
from runtime.settings import load_settings

with EmbeddedKafka(load_settings()):
    print("up", flush=True)
    sys.stdin.read()
"""
PRODUCING = """
import sys
from itertools import count
from kafka import KafkaProducer

servers, topic = sys.argv[1:]
producer = KafkaProducer(bootstrap_servers=servers, acks="all")
for first in count(step=10):
    numbers = range(first, first + 10)
    for number, future in [(n, producer.send(topic, str(n).encode())) for n in numbers]:
        future.get(timeout=30)
        print(number, flush=True)
"""


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path) -> Iterator[None]:
    """No broker of this test's homes runs when it ends; one that does is killed, by its id."""
    yield
    left = _jvms(tmp_path)
    for process in left:
        process.kill()
    assert left == []


def test_it_starts_from_an_empty_folder_and_answers(new_home: Callable[[str], Settings]) -> None:
    settings = new_home("a home, with an é")
    with EmbeddedKafka(settings) as kafka:
        provision(kafka.bootstrap_servers)
        _produce(kafka.bootstrap_servers, [b"one", b"two"])
        assert _read(kafka.bootstrap_servers) == {b"one", b"two"}
        assert len(_jvms(settings.home)) == 1
    assert _jvms(settings.home) == []
    assert (settings.home / "kafka" / "data" / ".kafka_cleanshutdown").exists()
    assert "started" in (settings.home / "logs" / "kafka.log").read_text()


def test_what_was_acknowledged_survives_a_kill(settings: Settings) -> None:
    with EmbeddedKafka(settings) as kafka:
        servers, cluster = kafka.bootstrap_servers, cluster_id_of(kafka.bootstrap_servers)
        provision(servers)
        # a process of its own: what a producer does when its broker dies is not this test's matter
        with _child(PRODUCING, servers, POSTS) as producer:
            acknowledged = {_line(producer) for _ in range(300)}
            _jvms(settings.home)[0].kill()
            producer.kill()
            output, _ = producer.communicate()
            acknowledged.update(output.split("\n")[:-1])
    with EmbeddedKafka(settings):
        assert cluster_id_of(servers) == cluster
        assert {number.encode() for number in acknowledged} <= _read(servers)


def test_a_living_owner_keeps_its_broker_and_a_killed_one_leaves_it_to_the_next(
    settings: Settings,
) -> None:
    with _owner(settings) as owner:
        _wait_until_up(owner)
        (jvm,) = _jvms(settings.home)
        with EmbeddedKafka(settings) as kafka:
            assert cluster_id_of(kafka.bootstrap_servers)
        assert _jvms(settings.home) == [jvm]
        owner.kill()
        owner.wait()
        assert _jvms(settings.home) == [jvm]
        with EmbeddedKafka(settings) as kafka:
            assert cluster_id_of(kafka.bootstrap_servers)
            assert _jvms(settings.home) == [jvm]
        assert _jvms(settings.home) == []


def test_two_at_the_same_moment_share_one_broker(settings: Settings) -> None:
    with _owner(settings) as first, _owner(settings) as second:
        _wait_until_up(first)
        _wait_until_up(second)
        assert len(_jvms(settings.home)) == 1
        first.communicate()
        second.communicate()
        assert (first.returncode, second.returncode) == (0, 0)


def test_two_homes_never_meet(new_home: Callable[[str], Settings]) -> None:
    here, there = EmbeddedKafka(new_home("here")), EmbeddedKafka(new_home("there"))
    with here, there:
        provision(here.bootstrap_servers)
        _produce(here.bootstrap_servers, [b"here"])
        provision(there.bootstrap_servers)
        assert _read(here.bootstrap_servers) == {b"here"}
        assert _read(there.bootstrap_servers) == set()


def test_a_cluster_in_the_settings_means_no_broker_of_our_own(
    broker_settings: Settings, broker: str
) -> None:
    with bootstrap_servers(broker_settings) as servers:
        assert servers == broker
    assert not broker_settings.home.exists()


def test_a_cluster_that_does_not_answer_is_named_with_what_to_do(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.broker.answer.ANSWER_MILLISECONDS", 300)
    with _taken_port() as port:
        nobody = replace(settings, kafka_bootstrap_servers=f"127.0.0.1:{port}")
        with (
            pytest.raises(AttacheError, match=f"127.0.0.1:{port}") as caught,
            bootstrap_servers(nobody),
        ):
            pass
    assert "KAFKA_BOOTSTRAP_SERVERS" in caught.value.hint
    assert not settings.home.exists()


def test_a_taken_port_is_named_with_the_setting_to_change(settings: Settings) -> None:
    with _taken_port() as port:
        clash = replace(settings, kafka_port=port)
        with pytest.raises(AttacheError, match=str(port)) as caught, EmbeddedKafka(clash):
            pass
    assert "ATTACHE_KAFKA_PORT" in caught.value.hint


def test_a_start_that_fails_shows_the_end_of_its_log(settings: Settings) -> None:
    wrong = replace(settings, kafka_heap="lots")
    with pytest.raises(ChildFailedError, match="Invalid maximum heap size"), EmbeddedKafka(wrong):
        pass


def test_provisioning_by_two_at_once_creates_each_topic_once(settings: Settings) -> None:
    with EmbeddedKafka(settings) as kafka, ThreadPoolExecutor(2) as pool:
        both = pool.map(provision, [kafka.bootstrap_servers] * 2)
        differences = [difference for each in both for difference in each]
        assert all(difference.created for difference in differences)
        assert sorted(d.topic for d in differences) == sorted(t.name for t in load_topics())
        assert provision(kafka.bootstrap_servers) == []


def test_a_topic_that_differs_is_reported_and_left_as_it_is(
    fresh_broker: EmbeddedKafka, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    servers = fresh_broker.bootstrap_servers
    with KafkaAdminClient(bootstrap_servers=servers) as admin:
        altered = {"retention.ms": "1234567", "cleanup.policy": "compact"}
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, POSTS, altered)])
        admin.create_partitions({POSTS: 5})
        while len(admin.describe_topics([POSTS])[0]["partitions"]) != 5:
            continue  # Kafka shows its changes late, but in order: the other one is there too
    expected = {
        Difference(POSTS, "partitions", "2", "5"),
        Difference(POSTS, "cleanup.policy", "delete", "compact"),
        Difference(POSTS, "retention.ms", "2592000000", "1234567"),
    }
    assert set(provision(servers)) == expected
    assert set(provision(servers)) == expected
    with bootstrap_servers(settings):
        report = " ".join(capsys.readouterr().err.split())
    assert all(str(difference) in report for difference in expected)


def _produce(servers: str, values: list[bytes]) -> None:
    producer = KafkaProducer(bootstrap_servers=servers)
    for future in [producer.send(POSTS, value) for value in values]:
        future.get(timeout=30)
    producer.close()


def _read(servers: str) -> set[bytes]:
    """All values of the topic, up to its end offsets."""
    consumer = KafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
    partitions = [TopicPartition(POSTS, number) for number in consumer.partitions_for_topic(POSTS)]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(partitions)
    values: set[bytes] = set()
    while any(consumer.position(partition) < ends[partition] for partition in partitions):
        for records in consumer.poll(timeout_ms=1000).values():
            values.update(record.value for record in records)
    consumer.close()
    return values


def _jvms(folder: Path) -> list[psutil.Process]:
    """The Java processes that work below a folder, whoever started them."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.name() == "java" and Path(process.cwd()).is_relative_to(folder):
                found.append(process)
        except psutil.Error:
            continue
    return found


@contextmanager
def _owner(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """Another process that enters the broker of a home, and leaves when its input is closed."""
    home = {"ATTACHE_HOME": str(settings.home), "ATTACHE_KAFKA_HEAP": settings.kafka_heap}
    with _child(OWNER, **home) as process:
        yield process


@contextmanager
def _child(script: str, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process of its own, killed at the end."""
    kept = {name: value for name, value in os.environ.items() if "KAFKA" not in name}
    with subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        env={**kept, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _line(process: subprocess.Popen[str]) -> str:
    """The next line that it prints."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.endswith("\n")
    return line.rstrip("\n")


def _wait_until_up(owner: subprocess.Popen[str]) -> None:
    assert _line(owner) == "up"


@contextmanager
def _taken_port() -> Iterator[int]:
    """A port on which somebody listens who is no Kafka."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]
