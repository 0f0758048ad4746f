"""Judged batches put together into transactions: nothing lost, nothing waited for in vain."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka import TopicPartition

from ingestion.judging import MAX_TRANSACTION_BYTES, JudgedBatch, Verdicts, in_transactions

ROWS = pa.schema({"kafka_offset": pa.int64(), "text": pa.string_view()})
OTHER_ROWS = pa.schema({"kafka_offset": pa.int64(), "text": pa.string()})
DEAD = pa.schema({"kafka_offset": pa.int64(), "reason": pa.string()})
PARTITIONS = [TopicPartition("posts", 0), TopicPartition("posts", 1), TopicPartition("likes", 0)]


def table(schema: pa.Schema, offsets: list[int]) -> pa.Table:
    return pa.table([pa.array(offsets), *[pa.nulls(len(offsets), f.type) for f in [*schema][1:]]],
                    schema=schema)  # fmt: skip


def judged(partition: TopicPartition, first: int, rows: int, others: int, dead: int) -> JudgedBatch:
    offsets = iter(range(first, first + rows + others + dead))
    parts = [(ROWS, rows), (OTHER_ROWS, others)]
    tables = [table(schema, [next(offsets) for _ in range(n)]) for schema, n in parts if n]
    letters = table(DEAD, [next(offsets) for _ in range(dead)]) if dead else None
    count = rows + others + dead
    return JudgedBatch(
        {partition.topic: Verdicts(tables, letters)},
        {partition: (first, first + count)},
        {partition: count},
        size=100 * count,
    )


SIZES = st.integers(0, 4)
KINDS = st.tuples(st.sampled_from(PARTITIONS), SIZES, SIZES, SIZES)


@settings(deadline=None)
@given(st.lists(KINDS), st.integers(1, 12), st.lists(st.integers(1, 3)))
def test_everything_is_in_one_transaction_in_its_order(
    kinds: list[tuple[TopicPartition, int, int, int]], most: int, firsts: list[int]
) -> None:
    ends = dict.fromkeys(PARTITIONS, 0)
    batches = []
    for partition, *sizes in kinds:
        batches.append(judged(partition, ends[partition], *sizes))
        ends[partition] += sum(sizes)
    sizes = [batch.record_count for batch in batches]
    transactions = list(in_transactions(batches, most, firsts))
    reached = dict.fromkeys(PARTITIONS, 0)
    for transaction in transactions:
        for partition, (first, following) in transaction.spans.items():
            assert first == reached[partition]
            assert transaction.counts[partition] == following - first
            reached[partition] = following
        assert transaction.record_count <= max(most, *sizes)
    assert reached == ends
    for topic in {partition.topic for partition in PARTITIONS}:
        for schema in (ROWS, OTHER_ROWS, DEAD):
            assert landed(transactions, topic, schema) == landed(batches, topic, schema)


def landed(batches: list[JudgedBatch], topic: str, schema: pa.Schema) -> list[int]:
    """Offsets in the tables of one kind; there is no more than one of a kind in a batch."""
    offsets: list[int] = []
    for verdicts in (batch.verdicts[topic] for batch in batches if topic in batch.verdicts):
        dead = [] if verdicts.dead is None else [verdicts.dead]
        (found,) = [t for t in [*verdicts.rows, *dead] if t.schema == schema] or [
            schema.empty_table()
        ]
        offsets += found["kafka_offset"].to_pylist()
    return offsets


@pytest.mark.parametrize(
    ("firsts", "expected"),
    [([], [40, 30]), ([1], [10, 40, 20]), ([1, 2], [10, 20, 40]), ([1, 1], [10, 10, 40, 10])],
)
def test_the_first_are_as_small_as_is_said(firsts: list[int], expected: list[int]) -> None:
    batches = [judged(PARTITIONS[0], 10 * n, 10, 0, 0) for n in range(7)]
    sizes = [transaction.record_count for transaction in in_transactions(batches, 40, firsts)]
    assert sizes == expected


def test_a_transaction_of_large_records_has_fewer() -> None:
    batches = [judged(PARTITIONS[0], 10 * n, 10, 0, 0) for n in range(6)]
    for batch in batches:
        batch.size = MAX_TRANSACTION_BYTES // 2
    transactions = list(in_transactions(batches, 1_000))
    assert [transaction.record_count for transaction in transactions] == [20, 20, 20]
    assert {transaction.size for transaction in transactions} == {MAX_TRANSACTION_BYTES}


def test_a_column_that_only_some_say_something_in_is_whole_in_all() -> None:
    silent = pa.table({"kafka_offset": [0, 1]})
    spoken = pa.table({"kafka_offset": [2], "text": pa.array(["good"], pa.string_view())})
    text = pa.table({"kafka_offset": [3], "text": pa.array(["of another type"])})
    both, other = Verdicts([silent]).followed_by(Verdicts([spoken, text])).rows
    assert other == text
    assert both["kafka_offset"].to_pylist() == [0, 1, 2]
    assert both["text"].to_pylist() == [None, None, "good"]
    assert [piece.num_rows for piece in both.to_batches()] == [2, 1]


@pytest.mark.parametrize(("most", "asked"), [(20, [1, 3, 5]), (10, [1, 2, 3]), (5, [1, 2, 3])])
def test_a_full_transaction_waits_for_nothing_more(most: int, asked: list[int]) -> None:
    made = 0

    def batches() -> Iterator[JudgedBatch]:
        nonlocal made
        while True:
            made += 1
            yield judged(PARTITIONS[0], 10 * made, 10, 0, 0)

    supply = in_transactions(batches(), most, [1])
    assert [(next(supply), made)[1] for _ in range(3)] == asked
