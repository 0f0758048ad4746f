"""Histories of events, generated, and a landing of them without a broker.

A history is a list of stories: what became of one account, post, counter or interaction. Whatever
the order its events arrive in, and however often, the facts must be the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
from hypothesis import strategies as st

from attache.build import BuildReport, build
from ingestion.contracts.topics import topic_of
from ingestion.contracts.validation import judged_sql, table_columns
from ingestion.warehouse import open_warehouse
from runtime.settings import Settings
from tests.pipeline import RUN
from tests.samples import JSON, event

DAY_ZERO = datetime(2014, 3, 7, tzinfo=UTC)
ACCOUNTS = ["weibo:canadaweibo", "weibo:ukembassy-beijing", "x:mission", "x:stranger"]
POSTS = [f"p{n}" for n in range(6)]
VERBS = ["like", "share", "comment", "reply", "quote"]
LANDED_AT = datetime(2014, 6, 1, tzinfo=UTC)


def land_events(settings: Settings, events: Sequence[JSON]) -> None:
    """Put contract events into the raw tables as one batch of a topic each would."""
    with open_warehouse(settings) as warehouse:
        for event_type in dict.fromkeys(e["type"] for e in events):
            values = [json.dumps(e).encode() for e in events if e["type"] == event_type]
            topic = topic_of(event_type)
            batch_id, offset = warehouse.execute(
                """SELECT coalesce(max(batch_id), 0) + 1,
                    coalesce(max(next_offset) FILTER (topic = ?), 0) FROM raw.batches""",
                [topic.name],
            ).fetchall()[0]
            arrived = pa.table({"key": [b"k"] * len(values), "value": values})
            warehouse.register("arrived", arrived)
            warehouse.execute(
                f"""CREATE OR REPLACE TEMP TABLE records AS
                SELECT *, '{topic.name}' AS kafka_topic, 0 AS kafka_partition,
                    0 AS kafka_generation, {batch_id} AS batch_id,
                    {offset} + row_number() OVER () - 1 AS kafka_offset,
                    timestamptz '{LANDED_AT}' AS kafka_timestamp FROM arrived"""
            )
            columns = ", ".join(table_columns(event_type))
            landed = warehouse.execute(
                f"""INSERT INTO raw.{topic.table} ({columns})
                SELECT {columns} FROM ({judged_sql(event_type, "records")}) WHERE fault IS NULL"""
            ).fetchone()
            assert landed == (len(values),), "a generated event breaks the contract"
            _note(warehouse, topic.name, batch_id, offset, len(values))


def land_and_build(settings: Settings, events: Sequence[JSON]) -> BuildReport:
    """Land some events and build what they touch."""
    land_events(settings, events)
    return build(settings, RUN)


TABLES = """SELECT table_schema || '.' || table_name FROM information_schema.tables
WHERE table_schema IN ('marts', 'reporting') ORDER BY ALL"""


def differences(subject: Settings, reference: Settings) -> list[str]:
    """Rows of marts and reports that one home has and the other has not."""
    found = []
    # a view names its tables with the file's name, so that each file is opened by itself
    with (
        duckdb.connect() as connection,
        duckdb.connect(str(subject.warehouse), read_only=True) as one_home,
        duckdb.connect(str(reference.warehouse), read_only=True) as other_home,
    ):
        homes = {"subject": one_home, "reference": other_home}
        tables, others = (home.execute(TABLES).fetchall() for home in homes.values())
        assert tables == others
        assert len(tables) > 8
        for (table,) in tables:
            for name, home in homes.items():
                connection.register(name, home.execute(f"FROM {table}").to_arrow_table())
            for word, one, other in (
                ("more", "subject", "reference"),
                ("missing", "reference", "subject"),
            ):
                rows = connection.execute(f"(FROM {one}) EXCEPT ALL (FROM {other})").fetchall()
                if rows:
                    found.append(f"{table}: {len(rows)} rows {word}, as {rows[0]}")
    return found


def ask(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the warehouse."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        return warehouse.execute(sql).fetchall()


def _note(warehouse: Any, topic: str, batch_id: int, offset: int, count: int) -> None:
    following = offset + count
    warehouse.execute(
        "INSERT INTO raw.drains VALUES (?, 'test', ?, ?, ?, ?)",
        [batch_id, LANDED_AT, LANDED_AT, LANDED_AT, count],
    )
    warehouse.execute(
        "INSERT INTO raw.batches VALUES (?, ?, ?, 0, 0, ?, ?, ?, ?, 0, ?)",
        [batch_id, batch_id, topic, offset, following, count, count, LANDED_AT],
    )
    warehouse.execute(
        """INSERT INTO raw.offsets VALUES (?, 0, 0, 'topic', ?, ?)
        ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset,
            batch_id = excluded.batch_id""",
        [topic, following, batch_id],
    )


def histories() -> st.SearchStrategy[list[JSON]]:
    """Events of some stories, in an order that no clock would give, some of them repeated."""
    stories = st.lists(
        st.one_of(_post(), _counters(), _account(), *[_interaction()] * 4, _follow()),
        min_size=60,
        max_size=120,
    )
    return stories.map(lambda told: [e for story in told for e in story]).flatmap(
        lambda events: st.tuples(
            st.permutations(events),
            st.lists(st.sampled_from(events), min_size=5, max_size=15),
        ).map(lambda drawn: _interleaved(*drawn))
    )


def _interleaved(events: Sequence[JSON], repeats: Sequence[JSON]) -> list[JSON]:
    mixed = list(events)
    for position, repeat in enumerate(repeats):
        mixed.insert(position * 7 % len(mixed), repeat)
    return mixed


def _instants() -> st.SearchStrategy[datetime]:
    """Mostly around a night on which Toronto's clocks change; some months before it."""
    near = st.integers(0, 4 * 96).map(lambda n: DAY_ZERO + timedelta(minutes=15 * n, seconds=-1))
    far = st.integers(30, 400).map(lambda days: DAY_ZERO - timedelta(days=days))
    return st.one_of(near, near, near, far)


def _text(instant: datetime) -> str:
    return instant.isoformat()


@st.composite
def _post(draw: st.DrawFn) -> list[JSON]:
    platform, account = draw(st.sampled_from(ACCOUNTS)).split(":")
    post_id, at = draw(st.sampled_from(POSTS)), draw(_instants())
    base = {"platform": platform, "post_id": post_id, "account_id": account}
    base["created_at"] = _text(at)
    first = {
        **base,
        "text": draw(st.sampled_from(["one", "two", "使馆活动"])),
        "kind": draw(st.sampled_from(["original", "original", "reply"])),
        **draw(st.sampled_from([{}, {"campaign": "contest"}, {"hashtags": ["留学加拿大"]}])),
        **draw(st.sampled_from([{}, {"in_reply_to": "i1"}, {"in_reply_to": "i2"}])),
    }
    events = [_event("post", first, at, draw(_ids()))]
    for state in draw(st.lists(st.sampled_from(["edited", "deleted", "published"]), max_size=3)):
        at += timedelta(hours=draw(st.integers(1, 2000)))
        more = {} if state == "deleted" else {"text": f"after {at}"}
        events.append(_event("post", {**base, "state": state, **more}, at, draw(_ids())))
    return events


@st.composite
def _interaction(draw: st.DrawFn) -> list[JSON]:
    platform = draw(st.sampled_from(["weibo", "x"]))
    at = draw(_instants())
    data = {
        "platform": platform,
        "verb": draw(st.sampled_from([*VERBS, "comment", "reply", "reply"])),
        "actor_id": f"{draw(st.integers(1, 9)):032x}",
        "object_id": draw(st.sampled_from([*POSTS, "never-collected"])),
        "object_type": "post",
        "interaction_id": f"i{draw(st.integers(1, 25))}",
        "created_at": _text(at),
        **draw(st.sampled_from([{}, {"text": "well"}, {"language": "zh"}])),
        **draw(st.one_of(st.just({}), st.integers(1, 20).map(lambda n: {"parent_id": f"i{n}"}))),
    }
    return _done_and_undone(draw, data, at)


@st.composite
def _follow(draw: st.DrawFn) -> list[JSON]:
    platform, account = draw(st.sampled_from(ACCOUNTS)).split(":")
    at = draw(_instants())
    data = {
        "platform": platform,
        "verb": "follow",
        "actor_id": f"{draw(st.integers(1, 9)):032x}",
        "object_id": account,
        "object_type": "account",
        "interaction_id": f"f{draw(st.integers(1, 30))}",
        "created_at": _text(at),
    }
    return _done_and_undone(draw, data, at)


def _done_and_undone(draw: st.DrawFn, data: JSON, at: datetime) -> list[JSON]:
    """One event, or more: taken back, done again, told by two collectors."""
    events = [_event("interaction", data, at, draw(_ids()))]
    for undone in draw(st.lists(st.booleans(), max_size=3)):
        at += timedelta(minutes=draw(st.integers(0, 50_000)))
        again = {**data, "undone": undone}
        if not undone:
            again["created_at"] = _text(at)
        events.append(_event("interaction", again, at, draw(_ids())))
    return events


@st.composite
def _counters(draw: st.DrawFn) -> list[JSON]:
    data = {"platform": draw(st.sampled_from(["weibo", "x"])), "post_id": draw(_post_ids())}
    events = []
    for likes in draw(st.lists(st.one_of(st.none(), st.integers(0, 99)), min_size=1, max_size=4)):
        at = draw(_instants())
        stated = {**data, "observed_at": _text(at), "likes": likes, "shares": 3}
        events.append(_event("counters", stated, at, draw(_ids())))
    return events


@st.composite
def _account(draw: st.DrawFn) -> list[JSON]:
    platform, account = draw(st.sampled_from(ACCOUNTS[:3])).split(":")
    at = draw(_instants())
    data = {
        "platform": platform,
        "account_id": account,
        "observed_at": _text(at),
        "role": draw(st.sampled_from(["own", "own", "peer", "actor"])),
        "name": draw(st.sampled_from(["A", "B"])),
        "followers": draw(st.integers(0, 1000)),
    }
    if data["role"] != "actor":  # as whom it speaks
        data["actor_id"] = draw(st.one_of(st.none(), st.integers(1, 9).map(lambda n: f"{n:032x}")))
    return [_event("account", data, at, draw(_ids()))]


def _post_ids() -> st.SearchStrategy[str]:
    return st.sampled_from(POSTS)


def _ids() -> st.SearchStrategy[str]:
    """Ids meet now and then: the same one with another content is possible, if not meant."""
    return st.integers(1, 10_000).map(str)


def _event(kind: str, data: JSON, at: datetime, event_id: str) -> JSON:
    source = "one" if int(event_id) % 2 else "another/collector"
    return {**event(f"attache.{kind}.v1", event_id, data), "time": _text(at), "source": source}
