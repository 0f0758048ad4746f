"""Events landed without a broker: the landing's own SQL and transactions, on records made here.

What Kafka does (fetching, offsets of a real topic) has tests of its own; models only need rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec
import pyarrow as pa
from kafka import TopicPartition

from ingestion.contracts.topics import load_topics, topic_of
from ingestion.erasure.aside import set_aside
from ingestion.extents import Extent
from ingestion.judging import open_judge
from ingestion.landing import LandReport, _Drain
from ingestion.offsets import check_gaps
from ingestion.pending import Batch
from ingestion.plain_records import take_plain
from ingestion.record_batches import RECORD_SCHEMA
from ingestion.sources.source import Message
from ingestion.transactions import Transaction
from ingestion.warehouse import open_warehouse
from runtime.run import Run
from runtime.settings import Settings
from tests.samples import JSON

PARTITION = 0


def land_events(settings: Settings, run: Run, events: Iterable[JSON]) -> LandReport:
    """Land contract events as one drain."""
    encode = msgspec.json.Encoder().encode
    return land_messages(
        settings, run, (Message(event["type"], b"key", encode(event)) for event in events)
    )


def land_messages(settings: Settings, run: Run, messages: Iterable[Message]) -> LandReport:
    """Land messages as one drain of one batch, behind what was landed before."""
    by_topic: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        by_topic[topic_of(message.event_type).name].append(message)
    with open_warehouse(settings) as warehouse, open_judge() as judge:
        stored = dict(warehouse.execute("SELECT topic, next_offset FROM raw.offsets").fetchall())
        extents = {
            TopicPartition(topic.name, PARTITION): Extent(
                "tests", 0, stored.get(topic.name, 0) + len(by_topic[topic.name])
            )
            for topic in load_topics()
        }
        positions = check_gaps(warehouse, extents, run.logical_at, accept=False)
        drain = _Drain(warehouse, run, positions)
        starts = {partition: position.next_offset for partition, position in positions.items()}
        tables = {
            partition.topic: _table(by_topic[partition.topic], start)
            for partition, start in starts.items()
            if by_topic[partition.topic]
        }
        spans = {
            partition: (starts[partition], extent.end) for partition, extent in extents.items()
        }
        read = {p: span for p, span in spans.items() if p.topic in tables}
        counts = {partition: end - start for partition, (start, end) in read.items()}
        for judged in set_aside(warehouse, judge.judged([as_fetched(tables, read, counts)])):
            drain.commit(Transaction([judged]))
        return drain.finish()


def as_fetched(
    records: Mapping[str, pa.Table],
    spans: dict[TopicPartition, tuple[int, int]],
    counts: dict[TopicPartition, int],
) -> Batch:
    """Records of each topic as a batch, the plain ones taken out."""
    batch = Batch({}, {}, spans, counts, size=0)
    for topic in load_topics():
        if topic.name in records:
            plain, others = take_plain(topic.event_type, records[topic.name])
            batch.plain[topic.name], batch.others[topic.name] = plain, others
    return batch


def _table(messages: list[Message], first_offset: int) -> pa.Table:
    count = len(messages)
    columns = {
        "kafka_partition": [PARTITION] * count,
        "kafka_offset": range(first_offset, first_offset + count),
        "kafka_timestamp_ms": [0] * count,
        "key": [message.key for message in messages],
        "value": [message.value for message in messages],
    }
    return pa.table(
        [pa.array(columns[field.name], field.type) for field in RECORD_SCHEMA], RECORD_SCHEMA
    )
