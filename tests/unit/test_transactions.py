"""Judged batches as transactions: nothing lost, nothing held, nothing waited for in vain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka import TopicPartition

from ingestion import transactions
from ingestion.judging import JudgedBatch, Verdicts
from ingestion.transactions import (
    MAX_HELD_BYTES,
    ROW_GROUP_RECORDS,
    Part,
    Transaction,
    in_transactions,
    piece_records,
)

FULL = 3
"""Records of a row group, in these tests."""
ROWS = pa.schema({"kafka_offset": pa.int64(), "text": pa.string_view()})
SILENT_ROWS = pa.schema({"kafka_offset": pa.int64()})
OTHER_ROWS = pa.schema({"kafka_offset": pa.int64(), "text": pa.string()})
DEAD = pa.schema({"kafka_offset": pa.int64(), "reason": pa.string()})
PARTITIONS = [TopicPartition("posts", 0), TopicPartition("posts", 1), TopicPartition("likes", 0)]


@pytest.fixture(autouse=True, scope="module")
def small_row_groups() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transactions, "ROW_GROUP_RECORDS", FULL)
        yield


def table(schema: pa.Schema, offsets: list[int]) -> pa.Table:
    return pa.table([pa.array(offsets), *[pa.nulls(len(offsets), f.type) for f in [*schema][1:]]],
                    schema=schema)  # fmt: skip


@dataclass
class Sizes:
    """How many records of each kind a batch has."""

    partition: TopicPartition = PARTITIONS[0]
    rows: int = 0
    silent_rows: int = 0
    others: int = 0
    dead: int = 0

    @property
    def count(self) -> int:
        return self.rows + self.silent_rows + self.others + self.dead


def judged(kind: Sizes, first: int, record_bytes: int = 100) -> JudgedBatch:
    offsets = iter(range(first, first + kind.count))
    parts = [(ROWS, kind.rows), (SILENT_ROWS, kind.silent_rows), (OTHER_ROWS, kind.others)]
    tables = [table(schema, [next(offsets) for _ in range(n)]) for schema, n in parts if n]
    letters = table(DEAD, list(offsets)) if kind.dead else None
    return JudgedBatch(
        {kind.partition.topic: Verdicts(tables, letters)},
        {kind.partition: (first, first + kind.count)},
        {kind.partition: kind.count},
        size=record_bytes * kind.count,
    )


def all_judged(kinds: Sequence[Sizes | None], record_bytes: int = 100) -> list[JudgedBatch | None]:
    """One batch of each kind, behind those before it; None stays None."""
    ends = dict.fromkeys(PARTITIONS, 0)
    batches: list[JudgedBatch | None] = []
    for kind in kinds:
        if kind is None:
            batches.append(None)
            continue
        batches.append(judged(kind, ends[kind.partition], record_bytes))
        ends[kind.partition] += kind.count
    return batches


def offsets_of(part: Part) -> list[int]:
    """By DuckDB, as the landing reads it."""
    with duckdb.connect() as connection:
        connection.register("judged", part.relation)
        rows = connection.execute("SELECT kafka_offset FROM judged").fetchall()
    return [offset for (offset,) in rows]


def landed(transaction: Transaction) -> list[tuple[str, bool, list[int]]]:
    return [(part.topic, part.is_dead, offsets_of(part)) for part in transaction.parts()]


def counts(found: Iterator[Transaction]) -> list[int]:
    """How many records each transaction has."""
    return [sum(len(offsets) for *_, offsets in landed(transaction)) for transaction in found]


SIZES = st.integers(0, 3)
MIXED = st.builds(Sizes, st.sampled_from(PARTITIONS), SIZES, SIZES, SIZES, SIZES)
WHOLE = st.builds(Sizes, st.sampled_from(PARTITIONS), rows=st.just(FULL))
SILENT = st.builds(Sizes, st.sampled_from(PARTITIONS), silent_rows=st.just(FULL))
KINDS = st.lists(st.one_of(MIXED, WHOLE, SILENT, st.none()), max_size=12)


@settings(deadline=None)
@given(KINDS, st.integers(1, 12))
def test_everything_is_in_one_transaction_in_its_order(
    kinds: list[Sizes | None], most: int
) -> None:
    largest = max((kind.count for kind in kinds if kind), default=0)
    wanted = [kind for kind in kinds if kind]
    reached = dict.fromkeys(PARTITIONS, 0)
    found: dict[tuple[str, bool], int] = {}
    for transaction in in_transactions(all_judged(kinds), most):
        parts = landed(transaction)
        for partition, (first, following) in transaction.spans.items():
            assert first == reached[partition]
            assert transaction.counts[partition] == following - first
            reached[partition] = following
        read = [n for *_, offsets in parts for n in offsets]
        assert len(read) == transaction.counts.total() <= max(most, largest)
        assert {topic for topic, *_ in parts} <= transaction.topics.keys()
        for topic, is_dead, offsets in parts:
            found[topic, is_dead] = found.get((topic, is_dead), 0) + len(offsets)
    for partition in PARTITIONS:
        assert reached[partition] == sum(k.count for k in wanted if k.partition == partition)
    for topic in ("posts", "likes"):
        of_topic = [kind for kind in wanted if kind.partition.topic == topic]
        assert found.get((topic, True), 0) == sum(kind.dead for kind in of_topic)
        good = sum(kind.count - kind.dead for kind in of_topic)
        assert found.get((topic, False), 0) == good


def test_those_that_are_mainly_rows_are_among_themselves() -> None:
    full, most, few = Sizes(rows=FULL), Sizes(rows=FULL - 1, others=1, dead=1), Sizes(rows=1)
    found = in_transactions(all_judged([few, full, most, full, full, few, few, full]), 10)
    parts = [
        [(part.is_stream, part.is_dead, len(offsets_of(part))) for part in transaction.parts()]
        for transaction in found
    ]
    small, stream = (False, False), (True, False)
    assert parts == [
        [(*small, 1)],
        [(*stream, 3 + 2 + 3), (*small, 1), (False, True, 1)],
        [(*stream, 3)],
        [(*small, 2)],
        [(*stream, 3)],
    ]


@pytest.mark.parametrize(
    "other",
    [
        Sizes(PARTITIONS[2], rows=FULL),
        Sizes(silent_rows=FULL),
        Sizes(others=FULL),
        Sizes(rows=1, others=FULL),
        Sizes(dead=1),
    ],
)
def test_what_is_mainly_something_else_is_not_with_them(other: Sizes) -> None:
    found = in_transactions(all_judged([Sizes(rows=FULL), other]), 100)
    assert counts(found) == [FULL, other.count]


def test_rows_in_two_pieces_are_not_taken_for_one() -> None:
    (batch,) = all_judged([Sizes(rows=FULL)])
    assert batch is not None
    (rows,) = batch.verdicts["posts"].rows
    batch.verdicts["posts"].rows[:] = [pa.concat_tables([rows[:1], rows[1:]])]
    (part,) = next(in_transactions([batch], 100)).parts()
    assert not part.is_stream


def test_rows_are_read_while_they_are_inserted() -> None:
    made = 0

    def batches() -> Iterator[JudgedBatch]:
        nonlocal made
        for number in range(4):
            made += 1
            yield judged(Sizes(rows=FULL), number * FULL)

    transaction = next(in_transactions(batches(), 100))
    (part,) = transaction.parts()
    assert made == 1
    stream = pa.RecordBatchReader.from_stream(_Stream(part.relation))
    read = [(batch.num_rows, made) for batch in stream]
    assert read == [(FULL, 1), (FULL, 2), (FULL, 3), (FULL, 4)]
    assert transaction.counts.total() == 4 * FULL


def test_a_batch_of_several_topics_is_in_no_stream_and_counted_whole() -> None:
    posts, likes = all_judged([Sizes(rows=FULL), Sizes(PARTITIONS[2], rows=FULL)])
    assert posts is not None
    assert likes is not None
    both = JudgedBatch(
        posts.verdicts | likes.verdicts, posts.spans | likes.spans, posts.counts | likes.counts, 0
    )
    transaction = next(in_transactions([both], 100))
    assert landed(transaction) == [("posts", False, [0, 1, 2]), ("likes", False, [0, 1, 2])]
    assert list(transaction.topics) == ["posts", "likes"]
    assert transaction.counts.total() == 2 * FULL


def test_an_error_within_the_stream_is_told_and_not_what_duckdb_makes_of_it() -> None:
    (batch,) = all_judged([Sizes(rows=FULL)])
    assert batch is not None
    transaction = next(in_transactions([batch], 100))
    transaction.counts = None  # type: ignore[assignment]
    parts = transaction.parts()
    offsets_of(next(parts))
    with pytest.raises(AttributeError, match="update"):
        next(parts)


@pytest.mark.parametrize("kind", [Sizes(rows=FULL), Sizes(rows=1, dead=1)])
def test_where_nothing_comes_for_a_while_what_was_read_is_not_to_wait(kind: Sizes) -> None:
    kinds = [None, kind, kind, None, None, kind, kind, kind, kind, None]
    found = in_transactions(all_judged(kinds), 3 * kind.count)
    assert counts(found) == [2 * kind.count, 3 * kind.count, kind.count]


@pytest.mark.parametrize("kind", [Sizes(rows=FULL), Sizes(rows=1, dead=1)])
@pytest.mark.parametrize("error", [ValueError("torn"), KeyboardInterrupt("torn")])
def test_what_was_read_before_an_error_is_a_transaction(kind: Sizes, error: BaseException) -> None:
    def batches() -> Iterator[JudgedBatch | None]:
        yield from all_judged([kind, kind])
        raise error

    found = in_transactions(batches(), 100)
    assert counts(iter([next(found)])) == [2 * kind.count]
    with pytest.raises(type(error), match="torn"):
        next(found)


def test_of_large_records_that_are_held_a_transaction_has_fewer() -> None:
    kinds = [Sizes(rows=1, dead=1)] * 6 + [Sizes(rows=FULL)] * 6 + [Sizes(rows=FULL, dead=2)] * 5
    batches = all_judged(kinds, MAX_HELD_BYTES // 4)
    assert counts(in_transactions(batches, 1_000)) == [4, 4, 4, 6 * FULL + 10, 10, 5]


def test_a_column_that_only_some_say_something_in_is_whole_in_all() -> None:
    batches = all_judged([Sizes(silent_rows=1), Sizes(rows=1), Sizes(others=1)])
    transaction = next(in_transactions(batches, 100))
    both, other = (part.relation for part in transaction.parts())
    assert isinstance(both, pa.Table)
    assert isinstance(other, pa.Table)
    assert both["kafka_offset"].to_pylist() == [0, 1]
    assert both["text"].type == pa.string_view()
    assert other["text"].type == pa.string()


@pytest.mark.parametrize(
    ("most", "records"), [(1, 1), (3, 1), (60, 15), (ROW_GROUP_RECORDS - 1, 30_719)]
)
def test_pieces_of_small_transactions(
    monkeypatch: pytest.MonkeyPatch, most: int, records: int
) -> None:
    monkeypatch.setattr(transactions, "ROW_GROUP_RECORDS", ROW_GROUP_RECORDS)
    assert piece_records(most) == records


@pytest.mark.parametrize("most", [ROW_GROUP_RECORDS, 2 * ROW_GROUP_RECORDS, 491_520, 10**9])
def test_a_piece_fills_a_row_group(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(transactions, "ROW_GROUP_RECORDS", ROW_GROUP_RECORDS)
    assert piece_records(most) == ROW_GROUP_RECORDS


class _Stream:
    """What Arrow reads a stream from."""

    def __init__(self, capsule: object) -> None:
        self._capsule = capsule

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._capsule
