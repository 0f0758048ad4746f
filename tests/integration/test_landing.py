"""Landing from a real Kafka: every record once, as a row or a dead letter, whatever happens.

One broker serves every test. Each test's home begins at the broker's ends, so that what it counts
is its own.
"""

from __future__ import annotations

import itertools
import json
import signal
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest
from kafka import KafkaConsumer, TopicPartition
from msgspec.structs import replace

from ingestion import drain, landing, transactions
from ingestion.contracts.topics import load_topics
from ingestion.contracts.validation import ERASED
from ingestion.drain import DrainStalledError, read_batches
from ingestion.extents import Extent, open_consumer, read_extents
from ingestion.landing import land
from ingestion.pending import Batch
from runtime.errors import AttacheError
from runtime.settings import Settings
from tests.erasure import GONE, STAYS, act, erase_them, theirs
from tests.pipeline import RUN, begin_at_the_ends
from tests.processes import python
from tests.records import (
    Record,
    encode,
    ends,
    good,
    like_of,
    read_between,
    records_of,
    send,
)
from tests.samples import event

POSTS, INTERACTIONS = "attache.posts.v1", "attache.interactions.v1"
RAW_TABLES = [f"raw.{topic.table}" for topic in load_topics()]

PAUSED = """
import sys
from ingestion import landing
from runtime.settings import load_settings
from tests.pipeline import RUN

commit = landing._Drain.commit

def pause(drain, transaction):
    print("holding the warehouse", flush=True)
    sys.stdin.readline()
    commit(drain, transaction)

landing._Drain.commit = pause
landing.land(load_settings(), RUN)
"""
KILLED = """
import sys
from ingestion import landing
from runtime.settings import load_settings
from tests.dying import dying_at
from tests.pipeline import RUN

landing.open_warehouse = dying_at(*sys.argv[1:])
landing.land(load_settings(), RUN)
"""
STOPPED = """
import os
import sys
from attache.cli import main
from ingestion import drain, transactions

read_batches = drain.read_batches

def read(*args):
    for number, batch in enumerate(read_batches(*args)):
        if number == 2:
            print("reading", flush=True)
            sys.stdin.readline()
        yield batch

drain.read_batches = read
transactions.ROW_GROUP_RECORDS = 10
os.environ["ATTACHE_LANDING_BATCH_RECORDS"] = "40"
sys.argv = ["attache", "land"]
main()
"""


@pytest.fixture
def servers(broker: str) -> str:
    return broker


@pytest.fixture
def at(new_home: Callable[[str], Settings], servers: str) -> Callable[[str], Settings]:
    """Makes a home that lands what comes from now on."""

    def make(name: str) -> Settings:
        settings = replace(new_home(name), kafka_bootstrap_servers=servers)
        begin_at_the_ends(settings, servers)
        return settings

    return make


def test_good_and_bad_records_are_all_there_and_accounted_for(
    at: Callable[[str], Settings], servers: str
) -> None:
    settings = at("home")
    before = totals(settings)
    bad = {
        "not_json": Record(POSTS, b"{"),
        "not_utf8": Record(POSTS, b"\xff\xfe"),
        "tombstone": Record(INTERACTIONS, None),
        "null_key": Record(POSTS, encode(good(1)[0]), key=None),
        "unknown_type": Record(POSTS, encode({**good(1)[0], "type": "attache.mood.v1"})),
        "missing_field": Record(POSTS, encode(event("attache.post.v1", "x", {"platform": "x"}))),
    }
    wanted = [*records_of(good(40)), *bad.values()]
    send(servers, wanted)
    report = land(settings, RUN)
    assert (report.records, report.rows) == (len(wanted), 40)
    assert report.dead_letters == dict.fromkeys(sorted(bad), 1)
    assert totals(settings) == tuple(
        old + new for old, new in zip(before, (len(wanted), 40, 6), strict=True)
    )
    assert next_offsets(settings) == ends(servers)
    stored = ask(settings, "SELECT reason, kafka_topic, kafka_key, value FROM raw.dead_letters")
    for reason, record in bad.items():
        assert (reason, record.topic, record.key, record.value) in stored


def test_what_the_contract_does_not_know_is_kept_beside_what_it_knows(
    at: Callable[[str], Settings], servers: str
) -> None:
    settings = at("home")
    (post,) = good(1)
    post["data"] |= {"mood": {"joy": 0.5}, "stickers": ["a"]}
    post["traceparent"] = "00-01"
    send(servers, [Record(POSTS, encode(post), headers=[("h", b"\xff"), ("h", b"")])])
    assert land(settings, RUN).dead_letters == {}
    ((post_id, extra, extensions),) = ask(
        settings,
        f"SELECT post_id, extra, extensions FROM raw.posts WHERE event_id = '{post['id']}'",
    )
    assert post_id == post["data"]["post_id"]
    assert json.loads(extra) == {"mood": {"joy": 0.5}, "stickers": ["a"]}
    assert json.loads(extensions) == {"traceparent": "00-01"}


def test_a_second_landing_lands_nothing(at: Callable[[str], Settings], servers: str) -> None:
    settings = at("home")
    send(servers, records_of(good(10)))
    assert land(settings, RUN).rows == 10
    before = content(settings)
    again = land(settings, RUN)
    assert (again.records, again.rows, again.batches) == (0, 0, 0)
    assert content(settings) == before


def test_a_drain_stops_at_the_ends_of_its_start(
    at: Callable[[str], Settings], servers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = at("home")
    send(servers, records_of(good(10)))

    def produce_more(servers: str, consumer: KafkaConsumer) -> dict[TopicPartition, Extent]:
        extents = read_extents(servers, consumer)
        send(servers, records_of(good(7)))
        return extents

    with monkeypatch.context() as patch:
        patch.setattr(landing, "read_extents", produce_more)
        assert land(settings, RUN).rows == 10
    assert land(settings, RUN).rows == 7


def test_an_event_is_never_landed_before_the_post_that_it_refers_to(servers: str) -> None:
    produced: list[str] = []

    class Asked:
        """A consumer whose broker gets a post, then a like of it, whenever it was asked."""

        def __init__(self, consumer: KafkaConsumer) -> None:
            self.consumer = consumer
            self.order: list[str] = []

        def __getattr__(self, name: str) -> Any:
            return getattr(self.consumer, name)

        def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
            found: dict[TopicPartition, int] = self.consumer.end_offsets(partitions)
            self.order += sorted({partition.topic for partition in partitions})
            (post,) = good(1)
            produced.append(post["data"]["post_id"])
            send(servers, records_of([post]))
            send(servers, records_of([like_of(post)]))
            return found

    starts = ends(servers)
    with open_consumer(servers) as consumer:
        asked = Asked(consumer)
        extents = read_extents(servers, asked)
    ranks = {topic.name: topic.rank for topic in load_topics()}
    assert [ranks[name] for name in asked.order] == sorted(ranks.values(), reverse=True)
    posts = read_between(servers, starts, extents, POSTS, "post_id")
    likes = read_between(servers, starts, extents, INTERACTIONS, "object_id")
    assert likes & set(produced) < posts & set(produced)


def test_of_two_landings_at_once_one_is_told_to_wait(
    at: Callable[[str], Settings], servers: str
) -> None:
    settings = at("home")
    before = sum(ends(servers).values())
    send(servers, records_of(good(20)))
    with python(settings, PAUSED) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "holding the warehouse\n"
        with pytest.raises(AttacheError, match="can't be opened for writing"):
            land(settings, RUN)
        first.communicate("go on\n")
        assert first.returncode == 0
    assert land(settings, RUN).records == 0
    for table in RAW_TABLES:
        coordinates = "kafka_topic, kafka_generation, kafka_partition, kafka_offset"
        counted = f"SELECT count(*), count(DISTINCT ({coordinates})) FROM {table}"
        ((rows, records),) = ask(settings, counted)
        assert rows == records
    records_read, rows_landed, dead = totals(settings)
    assert records_read == rows_landed + dead == sum(ends(servers).values()) - before


@pytest.mark.parametrize("full", [False, True])
def test_what_was_read_before_the_supply_breaks_is_landed(
    at: Callable[[str], Settings],
    servers: str,
    monkeypatch: pytest.MonkeyPatch,
    full: bool,
) -> None:
    settings, undisturbed = at("home"), at("undisturbed")
    send(servers, records_of(good(60)))

    def broken(*args: Any) -> Iterator[Batch]:
        yield from itertools.islice(read_batches(*args), 2)
        raise DrainStalledError("The broker has gone.")

    with monkeypatch.context() as patch:
        if full:  # row groups of so few records are inserted by two threads, as they are read
            patch.setattr(transactions, "ROW_GROUP_RECORDS", 10)
        patch.setattr(drain, "read_batches", broken)
        with pytest.raises(DrainStalledError):
            land(replace(settings, landing_batch_records=40), RUN)
    ((records, transactions_noted),) = ask(
        settings, "SELECT sum(record_count)::INT, count(DISTINCT batch_id) FROM raw.batches"
    )
    assert (records, transactions_noted) == (20, 1)
    assert land(settings, RUN).records == 40
    assert land(undisturbed, RUN).records == 60
    assert content(settings) == content(undisturbed)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_landing_that_is_stopped_says_so_and_the_next_goes_on(
    at: Callable[[str], Settings], servers: str, sent: signal.Signals
) -> None:
    settings, undisturbed = at("home"), at("undisturbed")
    send(servers, records_of(good(60)))
    with python(settings, STOPPED) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "reading\n"
        process.send_signal(sent)
        process.communicate("go on\n")
    assert process.returncode == 130
    kept, *_ = totals(settings)
    assert kept + land(settings, RUN).records == 60
    land(undisturbed, RUN)
    assert content(settings) == content(undisturbed)


def test_of_an_erased_actor_nothing_lands_beside_what_two_threads_insert(
    at: Callable[[str], Settings], servers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = at("home")
    send(servers, records_of(theirs(10, GONE)))
    land(settings, RUN)
    erase_them(settings)
    late = [act(n, STAYS if n % 25 else GONE, 27) for n in range(100, 160)]
    send(servers, records_of(late))
    monkeypatch.setattr(transactions, "ROW_GROUP_RECORDS", 10)
    report = land(replace(settings, landing_batch_records=40), RUN)
    assert (report.records, report.rows, report.dead_letters) == (60, 57, {ERASED: 3})
    assert ask(settings, "SELECT DISTINCT actor_id FROM raw.interactions") == [(STAYS,)]
    kept = "SELECT count(*) FROM raw.dead_letters WHERE coalesce(kafka_key, value) IS NOT NULL"
    assert ask(settings, kept) == [(0,)]


@pytest.mark.parametrize(
    ("statement", "when"),
    [
        ("INSERT INTO raw.batches", "before"),
        ("COMMIT", "before"),
        ("COMMIT", "after"),
    ],
)
def test_a_landing_that_was_killed_and_run_again_equals_one_that_was_not(
    at: Callable[[str], Settings], servers: str, statement: str, when: str
) -> None:
    killed, undisturbed = at("killed"), at("undisturbed")
    send(servers, [*records_of(good(30)), Record(POSTS, b"not JSON")])
    with python(killed, KILLED, statement, when) as process:
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    again = land(killed, RUN)
    assert again.records == (0 if (statement, when) == ("COMMIT", "after") else 31)
    assert land(undisturbed, RUN).records == 31
    assert content(killed) == content(undisturbed)
    assert totals(killed) == totals(undisturbed)


def ask(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the warehouse."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        return warehouse.execute(sql).fetchall()


def content(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that was landed, without the number of its transaction."""
    tables = [*RAW_TABLES, "raw.dead_letters", "raw.offsets"]
    found = {
        name: ask(settings, f"SELECT * EXCLUDE (batch_id) FROM {name} ORDER BY ALL")
        for name in tables
    }
    assert any(found.values())
    return found


def totals(settings: Settings) -> tuple[int, int, int]:
    """Records, rows and dead letters of the whole history, as the batches say."""
    (row,) = ask(
        settings,
        "SELECT coalesce(sum(record_count), 0)::BIGINT, coalesce(sum(row_count), 0)::BIGINT, "
        "coalesce(sum(dead_letter_count), 0)::BIGINT FROM raw.batches",
    )
    return row[0], row[1], row[2]


def next_offsets(settings: Settings) -> dict[tuple[str, int], int]:
    rows = ask(settings, "SELECT topic, partition, next_offset FROM raw.offsets")
    return {(topic, partition): following for topic, partition, following in rows}
