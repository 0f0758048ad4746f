"""For tests: landing without a broker, and another contract for a while."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import msgspec
import pyarrow as pa
from kafka import TopicPartition

from ingestion import plain_records
from ingestion.contracts import events, layout, plain, sure, topics, validation
from ingestion.contracts.events import KINDS
from ingestion.contracts.topics import topic_of
from ingestion.erasure.aside import set_aside
from ingestion.extents import Extent
from ingestion.judging import open_judge
from ingestion.landing import LandReport, _Drain
from ingestion.offsets import check_gaps
from ingestion.record_batches import RECORD_SCHEMA
from ingestion.transactions import Transaction
from ingestion.warehouse import open_warehouse
from runtime.settings import Settings
from tests.landed import as_fetched
from tests.pipeline import RUN


def land_values(
    settings: Settings, values: Mapping[str, list[bytes | None]], batches: int = 1
) -> LandReport:
    """Land records of each event type, behind what was landed before, in partition 0."""
    with open_warehouse(settings) as warehouse, open_judge() as judge:
        partitions = {TopicPartition(topic_of(kind).name, 0): kind for kind in values}
        known = dict(warehouse.execute("SELECT topic, next_offset FROM raw.offsets").fetchall())
        firsts = {p: known.get(p.topic, 0) for p in partitions}
        ends = {p: firsts[p] + len(values[kind]) for p, kind in partitions.items()}
        extents = {p: Extent(p.topic, 0, end) for p, end in ends.items()}
        positions = check_gaps(warehouse, extents, RUN.logical_at, accept=False)
        drain = _Drain(warehouse, RUN, positions)
        for number in range(batches):
            records: dict[str, pa.Table] = {}
            spans: dict[TopicPartition, tuple[int, int]] = {}
            for partition, kind in partitions.items():
                size = -(-len(values[kind]) // batches)
                part = list(enumerate(values[kind]))[number * size : (number + 1) * size]
                if part:
                    records[partition.topic] = _table(firsts[partition], part)
                    start = firsts[partition] + part[0][0]
                    spans[partition] = (start, start + len(part))
            counts = {p: following - first for p, (first, following) in spans.items()}
            batch = as_fetched(records, spans, counts)
            for judged in set_aside(warehouse, judge.judged([batch])):
                drain.commit(Transaction([judged]))
        return drain.finish()


@contextmanager
def contract(kind: str, **changes: Any) -> Iterator[None]:
    """Another contract for a kind: changed fields by name, as `(type, default)` or type.

    Derived SQL is made anew before and after.
    """
    data, event = KINDS[kind], events._EVENTS[kind]
    KINDS[kind] = changed(data, **changes)
    event_of: Any = events.Event
    events._EVENTS[kind] = event_of[KINDS[kind]]
    _forget()
    try:
        yield
    finally:
        KINDS[kind], events._EVENTS[kind] = data, event
        _forget()


def changed(struct: type[Any], **changes: Any) -> type[Any]:
    """The struct with some fields changed, dropped (None) or added at its end."""
    fields = {f.name: _definition(f) for f in msgspec.structs.fields(struct)}
    for name, change in changes.items():
        if change is None:
            del fields[name]
        else:
            fields[name] = (name, *change) if isinstance(change, tuple) else (name, change)
    return msgspec.defstruct(struct.__name__, fields.values(), kw_only=True, omit_defaults=True)


def _definition(field: msgspec.structs.FieldInfo) -> tuple[Any, ...]:
    head = (field.name, field.type)
    return head if field.required else (*head, field.default)


def _forget() -> None:
    """Empty the caches of what is derived from the structs."""
    topics.load_topics.cache_clear()
    topics.topic_of.cache_clear()
    layout.data_fields.cache_clear()
    validation.judged_sql.cache_clear()
    sure.sure_sql.cache_clear()
    plain.plain_steps.cache_clear()
    plain_records._schema.cache_clear()


def _table(first: int, part: list[tuple[int, bytes | None]]) -> pa.Table:
    offsets = [first + number for number, _ in part]
    times = [1_390_000_000_000 + offset for offset in offsets]
    keys = [b"k"] * len(part)
    columns = [[0] * len(part), offsets, times, keys, [value for _, value in part]]
    return pa.table(columns, schema=RECORD_SCHEMA)


@contextmanager
def second_version(kind: str, folder: Path, **changes: Any) -> Iterator[str]:
    """`v2` of a kind beside its `v1`: a struct of its own, a topic file, a raw table.

    Args:
        folder: where the topic files of both are put.
        changes: what differs from the struct of `v1`, as for `contract`.
    """
    second = kind.replace(".v1", ".v2")
    first_topic = topic_of(kind)
    shutil.copytree(topics.TOPICS_FOLDER, folder)
    text = (folder / f"{first_topic.table}.toml").read_text()
    for old, new in (
        (first_topic.name, first_topic.name.replace(".v1", ".v2")),
        (kind, second),
        (f'table = "{first_topic.table}"', f'table = "{first_topic.table}_v2"'),
    ):
        text = text.replace(old, new)
    (folder / f"{first_topic.table}_v2.toml").write_text(text)
    known, event_of = topics.TOPICS_FOLDER, cast("Any", events.Event)
    KINDS[second] = changed(KINDS[kind], **changes)
    events._EVENTS[second] = event_of[KINDS[second]]
    topics.TOPICS_FOLDER = folder
    _forget()
    try:
        yield second
    finally:
        topics.TOPICS_FOLDER = known
        del KINDS[second], events._EVENTS[second]
        _forget()
