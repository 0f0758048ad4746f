"""Order and skew: whatever shape a topic has, each committed record lands once, as it is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.codec import has_snappy
from msgspec.structs import replace

from ingestion.broker.embedded import EmbeddedKafka
from ingestion.broker.provisioning import provision
from ingestion.landing import LandReport, land
from runtime.settings import Settings
from tests.conftest import TEST_HEAP
from tests.pipeline import RUN
from tests.recovery.state import broken_laws
from tests.samples import event

INTERACTIONS = "attache.interactions.v1"
COUNTERS = "attache.counters.v1"
POSTS = "attache.posts.v1"
INSTANT = "2014-01-27T10:00:00+08:00"
COMPACTION_LOOKS = 1_000
Landed = dict[tuple[int, int], str]
"""Event ids by partition and offset."""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One real Kafka for this module, whose topics the tests change."""
    settings = Settings(
        home=tmp_path_factory.mktemp("skew"), kafka_heap=TEST_HEAP, kafka_bootstrap_servers=None
    )
    with EmbeddedKafka(settings) as kafka:
        provision(kafka.bootstrap_servers)
        yield kafka.bootstrap_servers


@pytest.fixture
def home(settings: Settings, servers: str) -> Settings:
    """A home that has landed what the tests before produced. Its transactions are small."""
    small = replace(settings, kafka_bootstrap_servers=servers, landing_batch_records=500)
    land(small, RUN)
    return small


def test_one_hot_key_with_nine_of_ten_events(home: Settings, servers: str) -> None:
    keys = [b"hot" if n % 10 else b"cold%d" % n for n in range(3_000)]
    sent = _send(servers, INTERACTIONS, [(key, None) for key in keys])
    report = _land_all(home, INTERACTIONS, sent)
    assert report.records == 3_000
    shares = Counter(partition for partition, _ in sent)
    assert max(shares.values()) >= 2_700


def test_sixty_four_partitions_of_which_one_is_idle(home: Settings, servers: str) -> None:
    with KafkaAdminClient(bootstrap_servers=servers) as admin:
        admin.create_partitions({INTERACTIONS: 64})
        while len(admin.describe_topics([INTERACTIONS])[0]["partitions"]) != 64:
            continue  # Kafka shows its changes late
    busy = [n for n in range(64) if n != 7]
    sent = _send(servers, INTERACTIONS, [(b"k", n) for n in busy for _ in range(10)])
    report = _land_all(home, INTERACTIONS, sent)
    assert report.records == 630
    offsets = dict(_ask(home, f"SELECT partition, next_offset FROM {_offsets(INTERACTIONS)}"))
    assert len(offsets) == 64
    assert offsets[7] == 0
    assert all(offsets[n] >= 10 for n in busy)


def test_headers_are_no_part_of_an_event_and_do_no_harm(home: Settings, servers: str) -> None:
    headers = [("trace", b"\x00" * 200), ("empty", b""), ("é", "é".encode())]
    sent = _send(servers, INTERACTIONS, [(b"k%d" % n, None) for n in range(50)], headers=headers)
    assert _land_all(home, INTERACTIONS, sent).rows == 50


@pytest.mark.parametrize(
    "codec",
    [
        "none",
        "gzip",
        pytest.param(
            "snappy",
            marks=pytest.mark.skipif(not has_snappy(), reason="python-snappy is not installed"),
        ),
        "lz4",
        "zstd",
    ],
)
def test_every_codec_lands_the_same(home: Settings, servers: str, codec: str) -> None:
    compression = None if codec == "none" else codec
    keys: list[tuple[bytes, int | None]] = [(b"k%d" % n, None) for n in range(200)]
    sent = _send(servers, INTERACTIONS, keys, compression_type=compression)
    assert _land_all(home, INTERACTIONS, sent).rows == 200


def test_aborted_transactions_leave_no_row_and_no_unexplained_offset(
    home: Settings, servers: str
) -> None:
    committed: Landed = {}
    aborted = 0
    with closing(_producer(servers, transactional_id="aborts", linger_ms=50)) as producer:
        producer.init_transactions()
        for number in range(6):
            producer.begin_transaction()
            batch = _send_with(producer, POSTS, [(b"k", 0)] * 20, f"transaction{number}")
            if number % 2:
                producer.abort_transaction()
                aborted += len(batch)
            else:
                producer.commit_transaction()
                committed |= batch
    plain = _send(servers, POSTS, [(b"k", 0)] * 5)
    report = _land_all(home, POSTS, committed | plain)
    assert report.records == 65
    empty = _ask(
        home,
        "SELECT sum(next_offset - first_offset - record_count)::INT FROM raw.batches "
        f"WHERE topic = '{POSTS}' AND partition = 0",
    )
    markers = 6
    assert empty == [(aborted + markers,)]


def test_an_open_transaction_holds_nothing_up_and_lands_once_it_is_committed(
    home: Settings, servers: str
) -> None:
    before = _send(servers, POSTS, [(b"k", 1)] * 3)
    with closing(_producer(servers, transactional_id="open")) as producer:
        producer.init_transactions()
        producer.begin_transaction()
        inside = _send_with(producer, POSTS, [(b"k", 1)] * 4, "open")
        after = _send(servers, POSTS, [(b"k", 1)] * 2)
        assert _land_all(home, POSTS, before).records == 3
        producer.commit_transaction()
    assert _land_all(home, POSTS, before | inside | after).records == 6


def test_a_compacted_topic_lands_what_is_left_of_it(
    settings: Settings, home: Settings, servers: str, tmp_path: Path
) -> None:
    _compact_eagerly(servers)
    keys: list[tuple[bytes, int | None]] = [(b"key%d" % (n % 3), 0) for n in range(300)]
    sent = _send(servers, COUNTERS, keys)
    left = _compacted(servers, sent)
    assert 3 <= len(left) < 300
    end = max(offset for _, offset in left) + 1
    late = replace(home, home=tmp_path / "late")
    report = _land_all(late, COUNTERS, left)
    assert report.dead_letters == {}
    (batches,) = _ask(
        late,
        "SELECT sum(next_offset - first_offset)::INT, sum(record_count)::INT FROM raw.batches "
        f"WHERE topic = '{COUNTERS}' AND partition = 0",
    )
    assert batches == (end, len(left))


def _land_all(home: Settings, topic: str, sent: Landed) -> LandReport:
    """Land; what was sent since the home's last test is there, at its place, and nothing else."""
    before = _landed(home, topic) if home.warehouse.exists() else {}
    report = land(home, RUN)
    after = _landed(home, topic)
    assert {place: name for place, name in after.items() if place not in before} == {
        place: name for place, name in sent.items() if place not in before
    }
    assert report.records == report.rows + sum(report.dead_letters.values())
    assert broken_laws(home.warehouse) == []
    return report


def _landed(home: Settings, topic: str) -> Landed:
    table = topic.split(".")[1]
    rows = _ask(home, f"SELECT kafka_partition, kafka_offset, event_id FROM raw.{table}")
    return {(partition, offset): name for partition, offset, name in rows}


def _ask(home: Settings, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        return warehouse.execute(sql).fetchall()


def _offsets(topic: str) -> str:
    return f"raw.offsets WHERE topic = '{topic}'"


def _producer(servers: str, **config: Any) -> KafkaProducer:
    return KafkaProducer(bootstrap_servers=servers, acks="all", **config)


def _send(
    servers: str,
    topic: str,
    keys: list[tuple[bytes, int | None]],
    headers: list[tuple[str, bytes]] | None = None,
    **config: Any,
) -> Landed:
    """Events with these keys, to these partitions or where the key belongs."""
    with closing(_producer(servers, linger_ms=50, **config)) as producer:
        return _send_with(producer, topic, keys, "event", headers)


def _send_with(
    producer: KafkaProducer,
    topic: str,
    keys: list[tuple[bytes, int | None]],
    name: str,
    headers: list[tuple[str, bytes]] | None = None,
) -> Landed:
    make = _MAKERS[topic]
    names = [f"{name}{number}" for number in range(len(keys))]
    futures = [
        producer.send(topic, make(each), key, headers=headers or [], partition=partition)
        for each, (key, partition) in zip(names, keys, strict=True)
    ]
    producer.flush()
    places = [future.get() for future in futures]
    return {(p.partition, p.offset): each for p, each in zip(places, names, strict=True)}


def _interaction(name: str) -> bytes:
    data = {
        "platform": "weibo",
        "verb": "like",
        "actor_id": "0f" * 16,
        "object_id": "p1",
        "object_type": "post",
        "created_at": INSTANT,
        "interaction_id": name,
    }
    return json.dumps(event("attache.interaction.v1", name, data)).encode()


def _post(name: str) -> bytes:
    data = {"platform": "weibo", "post_id": name, "account_id": "a1", "created_at": INSTANT}
    return json.dumps(event("attache.post.v1", name, data)).encode()


def _counter(name: str) -> bytes:
    data = {"platform": "weibo", "post_id": "p1", "observed_at": INSTANT, "shares": 1}
    return json.dumps(event("attache.counters.v1", name, data)).encode()


_MAKERS: dict[str, Callable[[str], bytes]] = {
    INTERACTIONS: _interaction,
    POSTS: _post,
    COUNTERS: _counter,
}


def _compact_eagerly(servers: str) -> None:
    """The topic is compacted as soon as a segment is closed, and the cleaner looks all the time."""
    topic = {
        "cleanup.policy": "compact",
        "segment.ms": "1",
        "min.cleanable.dirty.ratio": "0.001",
        "max.compaction.lag.ms": "1",
    }
    _alter_counters(servers, topic)
    with KafkaAdminClient(bootstrap_servers=servers) as admin:
        cleaner = {"log.cleaner.backoff.ms": "100", "log.cleaner.dedupe.buffer.size": "2097152"}
        admin.alter_configs([ConfigResource(ConfigResourceType.BROKER, "1", cleaner)])


def _alter_counters(servers: str, configs: dict[str, str]) -> None:
    with KafkaAdminClient(bootstrap_servers=servers) as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, COUNTERS, configs)])


def _compacted(servers: str, sent: Landed) -> Landed:
    """Send more until the cleaner has been at work; what is left in the topic then."""
    sent, before = dict(sent), None
    for _ in range(COMPACTION_LOOKS):
        left = _offsets_in(servers)
        if len(left) < len(sent) / 2 and left == before:
            _alter_counters(servers, {"cleanup.policy": "delete"})
            return {place: sent[place] for place in _offsets_in(servers)}
        if len(left) >= len(sent) / 2:  # an append closes the segment before it
            sent |= _send(servers, COUNTERS, [(b"key0", 0), (b"key1", 0)])
        before = left
    pytest.fail("the broker's log cleaner did nothing")


def _offsets_in(servers: str) -> list[tuple[int, int]]:
    partition = TopicPartition(COUNTERS, 0)
    with closing(KafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)) as consumer:
        consumer.assign([partition])
        consumer.seek_to_beginning()
        (end,) = consumer.end_offsets([partition]).values()
        found: list[tuple[int, int]] = []
        while consumer.position(partition) < end:
            for records in consumer.poll(timeout_ms=500).values():
                found += [(record.partition, record.offset) for record in records]
        return found
