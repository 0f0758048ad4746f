"""Batches encoded in bulk, against the client's own encoding of each message."""

from __future__ import annotations

from kafka import TopicPartition
from kafka.record.memory_records import MemoryRecordsBuilder

from ingestion.batches import Batch
from ingestion.sources.source import Message

POSTS, POST = "attache.posts.v1", "attache.post.v1"


def test_a_batch_has_the_bytes_that_the_client_itself_would_make() -> None:
    messages = [Message(POST, b"k" * n, b"v" * n * n) for n in range(150)]
    batch = Batch(TopicPartition(POSTS, 0), messages, 0, 0)
    time_ms = batch.records._builder._first_timestamp
    theirs = MemoryRecordsBuilder(2, 3, 1 << 30)
    for message in messages:
        theirs.append(time_ms, message.key, message.value)
    for records in (batch.records, theirs):
        records.set_producer_state(7, 1, 40, False)
        records.close()
    assert bytes(batch.records.buffer()) == bytes(theirs.buffer())
    assert batch.record_count == theirs.next_offset()
