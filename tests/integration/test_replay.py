"""From a source into a real Kafka: everything acknowledged, in order of dependency, or an error."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.partitioner.default import DefaultPartitioner
from msgspec.structs import replace

from ingestion import delivery
from ingestion.contracts.topics import load_topics, topic_of
from ingestion.producer import DeliveryError, produce
from ingestion.pseudonyms import Pseudonyms
from ingestion.replay import open_source, replay
from ingestion.sources.source import Message
from runtime.errors import AttacheError, WrongUseError
from runtime.progress import meter
from runtime.settings import Settings
from tests.samples import contract_events, encode_lines, write_ced

TOO_LARGE = b"x" * 1_100_000


class Arrivals:
    """What came into the session's Kafka since this test began."""

    def __init__(self, servers: str) -> None:
        self._servers = servers
        self._partitions = [
            TopicPartition(topic.name, n)
            for topic in load_topics()
            for n in range(topic.partitions)
        ]
        with closing(self._consumer()) as consumer:
            self._begin = consumer.end_offsets(self._partitions)

    def records(self) -> list[Any]:
        """Every record up to the end offsets of now."""
        with closing(self._consumer()) as consumer:
            consumer.assign(self._partitions)
            for partition, offset in self._begin.items():
                consumer.seek(partition, offset)
            ends = consumer.end_offsets(self._partitions)
            found: list[Any] = []
            while any(consumer.position(partition) < end for partition, end in ends.items()):
                for batch in consumer.poll(timeout_ms=500).values():
                    found.extend(batch)
            return found

    def _consumer(self) -> Any:
        return KafkaConsumer(bootstrap_servers=self._servers, enable_auto_commit=False)


@pytest.fixture
def arrivals(broker: str) -> Arrivals:
    return Arrivals(broker)


def test_an_archive_arrives_whole_and_each_record_where_its_key_belongs(
    broker_settings: Settings, arrivals: Arrivals, tmp_path: Path
) -> None:
    source = open_source(None, "ced", write_ced(tmp_path / "ced.gz"), None)
    report = replay(broker_settings, source)
    sent = list(source.messages(Pseudonyms(broker_settings.pseudonym_key())))
    found = arrivals.records()
    assert Counter((r.topic, r.key, r.value) for r in found) == Counter(
        (topic_of(m.event_type).name, m.key, m.value) for m in sent
    )
    produced = report.produced
    assert (produced.sent, produced.acknowledged, produced.failed) == (25, 25, 0)
    assert {t.topic: t.acknowledged for t in produced.topics} == Counter(r.topic for r in found)
    assert produced.bytes == sum(len(m.key) + len(m.value) for m in sent)


def test_keys_are_placed_as_every_kafka_client_places_them(
    broker_settings: Settings, arrivals: Arrivals, tmp_path: Path
) -> None:
    replay(broker_settings, open_source(None, "ced", write_ced(tmp_path / "ced.gz"), None))
    found = arrivals.records()
    counts = {topic.name: topic.partitions for topic in load_topics()}
    for record in found:
        assert record.partition == DefaultPartitioner().partition(
            record.topic, None, record.key, None, None, _Cluster(counts)
        )
    assert len({(r.topic, r.partition) for r in found}) > len(counts)


def test_what_is_referred_to_is_acknowledged_first(
    broker: str, arrivals: Arrivals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LINGER_SECONDS", 3_600)  # only a barrier sends a batch
    file = tmp_path / "events.jsonl"
    file.write_bytes(encode_lines(contract_events()))
    source = open_source(None, "events", file, None)
    there_before: dict[str, list[str]] = {}

    def watched() -> Iterator[Message]:
        for message in source.messages(Pseudonyms(b"unused")):
            yield message
            there = sorted({r.topic for r in arrivals.records()})
            there_before[message.event_type] = there

    with meter("test", None) as progress:
        produce(broker, watched(), progress)
    assert "attache.accounts.v1" in there_before["attache.post.v1"]
    assert "attache.posts.v1" in there_before["attache.interaction.v1"]


def test_records_carry_the_time_of_production(
    broker_settings: Settings, arrivals: Arrivals, tmp_path: Path
) -> None:
    begun = time.time_ns() // 1_000_000
    replay(broker_settings, open_source(None, "ced", write_ced(tmp_path / "ced.gz"), None))
    assert all(r.timestamp >= begun for r in arrivals.records())


def test_an_event_too_large_is_counted_and_the_others_arrive(
    broker: str, arrivals: Arrivals
) -> None:
    messages = [
        Message("attache.post.v1", b"small", b"1"),
        Message("attache.post.v1", b"large", TOO_LARGE),
        Message("attache.post.v1", b"small", b"2"),
    ]
    with (
        meter("test", None) as progress,
        pytest.raises(DeliveryError, match=r"1 events of 3 .* MessageSizeTooLargeError 1 times"),
    ):
        produce(broker, messages, progress)
    assert [r.value for r in arrivals.records()] == [b"1", b"2"]


def test_memory_on_its_way_is_bounded(broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "MAX_IN_FLIGHT_BYTES", 40_000)
    monkeypatch.setattr(delivery, "LINGER_SECONDS", 0)
    messages = [Message("attache.post.v1", b"%d" % n, b"x" * 9_000) for n in range(200)]
    acknowledged_at: list[float] = []
    with meter("test", None) as progress:

        def watched() -> Iterator[Message]:
            for message in messages:
                acknowledged_at.append(progress.done)
                yield message

        produce(broker, watched(), progress)
        assert progress.done == 200
    assert all(sent - done <= 5 for sent, done in enumerate(acknowledged_at))


def test_no_cluster_is_an_error_that_says_what_to_do(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.broker.answer.ANSWER_MILLISECONDS", 300)
    named = replace(settings, kafka_bootstrap_servers="127.0.0.1:1")
    source = open_source(None, "ced", write_ced(tmp_path / "ced.gz"), None)
    with pytest.raises(AttacheError, match="No Kafka answers at"):
        replay(named, source)


@pytest.mark.parametrize(
    ("name", "file_format", "file", "seed"),
    [
        (None, None, None, None),
        ("canadaweibo-2015", None, None, None),
        ("canadaweibo-2014", "ced", None, None),
        ("canadaweibo-2014", None, Path("file"), None),
        (None, "csv", Path("file"), None),
        (None, "ced", None, None),
        (None, "ced", Path("file"), 1),
    ],
)
def test_what_can_not_be_replayed_lists_what_can(
    name: str | None, file_format: str | None, file: Path | None, seed: int | None
) -> None:
    with pytest.raises(WrongUseError) as error:
        open_source(name, file_format, file, seed)
    for known in ("canadaweibo-2014", "--format ced", "--format events"):
        assert known in str(error.value)


class _Cluster:
    """As much of a cluster's metadata as a partitioner looks at."""

    def __init__(self, partitions: dict[str, int]) -> None:
        self._partitions = partitions

    def topics(self) -> set[str]:
        return set(self._partitions)

    def partitions_for_topic(self, topic: str) -> set[int]:
        return set(range(self._partitions[topic]))

    available_partitions_for_topic = partitions_for_topic
