"""Reading Kafka from the warehouse's own offsets up to the ends of the start, and no further.

The broker's committed offsets play no part: what has been landed is known where it was landed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping

from kafka import KafkaConsumer, TopicPartition

from ingestion.extents import POLL_BATCHES, Extent
from ingestion.pending import Batch, Pending
from ingestion.record_batches import read_in_bulk
from runtime.errors import AttacheError

POLL_MS = 1_000
LOOK_POLLS = 20
STALL_SECONDS = 120


class DrainStalledError(AttacheError):
    """The broker stopped giving records before the end offsets were reached."""


def odd_records(
    starts: Mapping[TopicPartition, int],
    extents: Mapping[TopicPartition, Extent],
    batch_records: int,
) -> dict[str, int]:
    """What is left of each topic when it is cut into batches; nothing where there is no batch.

    It comes first: there is work sooner, and at the end no thread waits for one that has it.
    """
    left: Counter[str] = Counter()
    for partition, start in starts.items():
        left[partition.topic] += extents[partition].end - start
    return {
        topic: count % batch_records
        for topic, count in left.items()
        if count >= batch_records and count % batch_records
    }


def read_batches(
    consumer: KafkaConsumer,
    starts: Mapping[TopicPartition, int],
    extents: Mapping[TopicPartition, Extent],
    batch_records: int,
    odd_records: Mapping[str, int],
) -> Iterator[Batch]:
    """Read every partition from its start to its end, in batches of bounded size.

    Args:
        starts: the next offset of each partition.
        batch_records: how many records of a topic make a batch.
        odd_records: of the first batch of a topic, as the function of that name says.

    Raises:
        DrainStalledError: nothing came for two minutes, though the end was not reached.
    """
    read_in_bulk(consumer)
    open_ends = {p: extents[p].end for p, start in starts.items() if start < extents[p].end}
    consumer.assign(list(open_ends))
    for partition in open_ends:
        consumer.seek(partition, starts[partition])
    positions = {partition: starts[partition] for partition in open_ends}
    pending = Pending(positions, batch_records, odd_records)
    heard = time.monotonic()
    while open_ends:
        polled = consumer.poll(timeout_ms=POLL_MS, max_records=POLL_BATCHES)
        moved = _advance(consumer, open_ends, positions)
        heard = time.monotonic() if moved else heard
        if time.monotonic() - heard > STALL_SECONDS:
            raise DrainStalledError(
                f"The broker gave nothing for {STALL_SECONDS} s, before {len(open_ends)} ends.",
                "What was landed is kept; run `attache land` again once the broker answers.",
            )
        for partition in moved:
            batches = [record.value for record in polled.get(partition, ())]
            yield from pending.taken(partition, batches, positions[partition])
    last = pending.rest()
    if last.spans:
        yield last


def oldest_produced(
    consumer: KafkaConsumer, starts: Mapping[TopicPartition, int]
) -> dict[TopicPartition, float]:
    """When the record batch at each offset was produced, in Unix seconds.

    A partition that gives nothing within a few polls, one of aborted records say, is left out.
    """
    read_in_bulk(consumer)
    consumer.assign(list(starts))
    for partition, offset in starts.items():
        consumer.seek(partition, offset)
    produced: dict[TopicPartition, float] = {}
    for _ in range(LOOK_POLLS):
        if len(produced) == len(starts):
            break
        for partition, records in consumer.poll(timeout_ms=POLL_MS, max_records=1).items():
            produced.setdefault(partition, records[0].value.timestamp / 1000)
            consumer.pause(partition)
    return produced


def _advance(
    consumer: KafkaConsumer,
    open_ends: dict[TopicPartition, int],
    positions: dict[TopicPartition, int],
) -> list[TopicPartition]:
    """Note how far each open partition was read; close those at their end. Gives those moved."""
    moved = []
    for partition, end in list(open_ends.items()):
        position = min(consumer.position(partition), end)
        if position > positions[partition]:
            moved.append(partition)
        positions[partition] = position
        if position >= end:
            del open_ends[partition]
            consumer.pause(partition)
    return moved
