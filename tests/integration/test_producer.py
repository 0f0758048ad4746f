"""The producer when things go wrong: Kafka killed, away for long, the producer itself killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from msgspec.structs import replace

from ingestion import delivery
from ingestion.broker.embedded import EmbeddedKafka
from ingestion.contracts.topics import load_topics
from ingestion.producer import DeliveryError, ProduceReport, produce
from ingestion.replay import SpooledError, open_source, replay
from ingestion.sources.source import Message
from ingestion.spool import Spool
from runtime.progress import meter
from runtime.settings import PROJECT, Settings
from tests.samples import contract_events, encode_lines, event

POSTS = "attache.posts.v1"
POST = "attache.post.v1"
PATIENCE = 2.0


def test_a_killed_kafka_is_waited_for_and_every_event_is_there_once(
    fresh_broker: EmbeddedKafka, settings: Settings
) -> None:
    servers = fresh_broker.bootstrap_servers
    messages = _messages(30_000)
    again = EmbeddedKafka(settings)
    starting = threading.Thread(target=again.__enter__)

    def watched() -> Iterator[Message]:
        for number, message in enumerate(messages):
            if number == 20_000:
                _kill(fresh_broker)
                starting.start()
            yield message

    try:
        report = _produce(servers, watched(), patience=120)
        assert (report.sent, report.acknowledged) == (30_000, 30_000)
        assert report.reconciled is True
        assert Counter(_values(servers)) == Counter(message.value for message in messages)
    finally:
        starting.join()
        again.__exit__(None, None, None)


def test_what_a_lost_kafka_does_not_take_waits_on_disk_and_goes_first_next_time(
    fresh_broker: EmbeddedKafka, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "MAX_IN_FLIGHT_BYTES", 200_000)
    servers, spool = fresh_broker.bootstrap_servers, Spool(tmp_path / "spool")
    messages = _messages(5_000)
    settled: list[int] = []

    def watched() -> Iterator[Message]:
        for number, message in enumerate(messages):
            if number == 3_000:
                _kill(fresh_broker)
            yield message

    report = _produce(servers, watched(), PATIENCE, spool, settled)
    assert report.sent == 5_000 == report.acknowledged + report.spooled
    assert report.acknowledged > 0
    assert report.spooled >= 2_000
    assert report.reconciled is None
    assert settled == sorted(settled)
    assert settled[-1] == 5_000
    with EmbeddedKafka(settings):
        later = Message(POST, b"later", b"later")
        second = _produce(servers, [later], 120, spool)
        assert (second.from_spool, second.sent) == (report.spooled, report.spooled + 1)
        assert second.acknowledged == second.sent
        assert spool.segments() == []
        found = Counter(_values(servers))
        assert set(found) == {message.value for message in [*messages, later]}
        repeated = found.total() - 5_001
        assert repeated <= report.spooled  # only what was under way when Kafka was given up


def test_without_a_kafka_everything_waits_in_order(broker: str, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    messages = _messages(1_200)
    report = _produce("127.0.0.1:1", messages, 0.3, spool)
    assert (report.sent, report.spooled, report.acknowledged) == (1_200, 1_200, 0)
    before = _ends(broker)
    report = _produce(broker, [], 120, spool)
    assert (report.from_spool, report.acknowledged) == (1_200, 1_200)
    assert spool.segments() == []
    by_key: dict[bytes, list[bytes]] = {}
    for record in _records(broker, before):
        by_key.setdefault(record.key, []).append(record.value)
    expected: dict[bytes, list[bytes]] = {}
    for message in messages:
        expected.setdefault(message.key, []).append(message.value)
    assert by_key == expected


def test_only_the_event_that_its_topic_would_refuse_fails(broker: str) -> None:
    noise = random.Random(1)  # noqa: S311 - nothing that could be compressed
    small = [Message(POST, b"k", noise.randbytes(5_000)) for _ in range(12)]
    large = Message(POST, b"k", noise.randbytes(30_000))
    before = _ends(broker)
    with _posts_limited_to(broker, 20_000):
        refused = r"1 events of 13 .* MessageSizeTooLargeError 1 times"
        with pytest.raises(DeliveryError, match=refused):
            _produce(broker, [*small[:6], large, *small[6:]], 120)
    assert [r.value for r in _records(broker, before)] == [message.value for message in small]


def test_a_killed_replay_goes_on_from_where_it_was_acknowledged(
    broker: str, broker_settings: Settings, tmp_path: Path
) -> None:
    events = _events(6_000)
    file = tmp_path / "events.jsonl"
    file.write_bytes(encode_lines(events))
    before = _ends(broker)
    _replay_and_kill(broker, broker_settings, file)
    arrived = len(list(_records(broker, before)))
    assert 0 < arrived < 6_000
    report = replay(broker_settings, open_source(None, "events", file, None))
    assert 0 < report.resumed_at <= arrived
    assert report.produced.sent == 6_000 - report.resumed_at
    found = Counter(record.value for record in _records(broker, before))
    assert set(found) == set(file.read_bytes().splitlines())
    assert found.total() == arrived + report.produced.sent
    whole = replay(broker_settings, open_source(None, "events", file, None))
    assert (whole.resumed_at, whole.produced.sent) == (0, 6_000)


def test_a_replay_that_had_to_spool_sends_nothing_twice(
    fresh_broker: EmbeddedKafka, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(encode_lines(contract_events()))
    impatient = replace(settings, produce_patience_seconds=PATIENCE)
    servers = fresh_broker.bootstrap_servers

    class Cut:
        """The source, and a Kafka that is killed after its first message."""

        def __init__(self) -> None:
            self._source = open_source(None, "events", file, None)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._source, name)

        def messages(self, pseudonyms: Any) -> Iterator[Message]:
            for number, message in enumerate(self._source.messages(pseudonyms)):
                if number == 1:
                    _kill(fresh_broker)
                yield message

    with pytest.raises(SpooledError, match=r"[34] events of 4 wait"):
        replay(impatient, Cut())
    with EmbeddedKafka(settings):
        report = replay(settings, open_source(None, "events", file, None))
        assert report.resumed_at == 4
        assert report.produced.sent == report.produced.from_spool
        assert set(file.read_bytes().splitlines()) == {
            record.value for record in _records(servers, {})
        }


REPLAY = """
import sys
from pathlib import Path
from ingestion import checkpoint, delivery
from ingestion.replay import open_source, replay
from runtime.settings import load_settings

class Stuck:
    def __init__(self, source):
        self._source = source
    def __getattr__(self, name):
        return getattr(self._source, name)
    def messages(self, pseudonyms):
        for number, message in enumerate(self._source.messages(pseudonyms)):
            if number == 5_000:
                print("stuck", flush=True)
                sys.stdin.read()
            yield message

delivery.BATCH_BYTES = 20_000
delivery.MAX_IN_FLIGHT_BYTES = 100_000
checkpoint.SAVE_SECONDS = 0
checkpoint.MARK_MESSAGES = 1
replay(load_settings(), Stuck(open_source(None, "events", Path(sys.argv[1]), None)))
"""


def _replay_and_kill(servers: str, settings: Settings, file: Path) -> None:
    """Replay in a process of its own, and kill it where 5,000 events have left the source."""
    environment = {
        **os.environ,
        "ATTACHE_HOME": str(settings.home),
        "KAFKA_BOOTSTRAP_SERVERS": servers,
    }
    with subprocess.Popen(
        [sys.executable, "-c", REPLAY, str(file)],
        env=environment,
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"stuck\n"
        finally:
            process.send_signal(signal.SIGKILL)


def _produce(
    servers: str,
    messages: Any,
    patience: float,
    spool: Spool | None = None,
    settled: list[int] | None = None,
) -> ProduceReport:
    with meter("test", None) as progress:
        return produce(
            servers,
            messages,
            progress,
            spool=spool,
            patience_seconds=patience,
            settled=None if settled is None else settled.append,
        )


def _messages(number: int) -> list[Message]:
    """Posts of a hundred keys, each its own."""
    return [Message(POST, b"key:%d" % (n % 100), b"%06d" % n + b"x" * 300) for n in range(number)]


def _events(number: int) -> list[dict[str, Any]]:
    instant = "2014-01-27T10:00:00+08:00"
    return [
        event(
            POST,
            f"p{n}",
            {"platform": "weibo", "post_id": f"p{n}", "account_id": "a1", "created_at": instant},
        )
        for n in range(number)
    ]


@contextmanager
def _posts_limited_to(servers: str, size: int) -> Iterator[None]:
    """For this block, the topic of posts takes batches of no more bytes than this."""
    _limit_posts(servers, size)
    try:
        yield
    finally:
        _limit_posts(servers, 1_048_588)


def _limit_posts(servers: str, size: int) -> None:
    setting = {"max.message.bytes": str(size)}
    with KafkaAdminClient(bootstrap_servers=servers) as admin:
        admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, POSTS, setting)], incremental=True
        )


def _kill(kafka: EmbeddedKafka) -> None:
    process = kafka._child.find()
    assert process is not None
    process.kill()
    process.wait()


def _values(servers: str) -> list[bytes]:
    return [record.value for record in _records(servers, {})]


def _ends(servers: str) -> dict[TopicPartition, int]:
    with closing(KafkaConsumer(bootstrap_servers=servers)) as consumer:
        ends: dict[TopicPartition, int] = consumer.end_offsets(_partitions(consumer))
        return ends


def _records(servers: str, begin: dict[TopicPartition, int]) -> Iterator[Any]:
    """What the topics of the contract hold, from these offsets on."""
    with closing(KafkaConsumer(bootstrap_servers=servers)) as consumer:
        partitions = _partitions(consumer)
        consumer.assign(partitions)
        for partition in partitions:
            consumer.seek(partition, begin.get(partition, 0))
        ends = consumer.end_offsets(partitions)
        while any(consumer.position(partition) < end for partition, end in ends.items()):
            for records in consumer.poll(timeout_ms=500).values():
                yield from records


def _partitions(consumer: KafkaConsumer) -> list[TopicPartition]:
    return [
        TopicPartition(topic.name, number)
        for topic in load_topics()
        for number in consumer.partitions_for_topic(topic.name)
    ]
