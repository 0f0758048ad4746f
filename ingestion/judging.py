"""The verdict on fetched records, in a DuckDB of its own: rows with typed values, or dead letters.

It holds nothing and knows nothing of the warehouse, so it runs beside the transaction before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, repeat
from math import inf

import duckdb
import pyarrow as pa
from kafka import TopicPartition

from ingestion.contracts.sure import sure_sql
from ingestion.contracts.topics import Topic, load_topics
from ingestion.contracts.validation import judged_sql, table_columns
from ingestion.pending import Batch
from ingestion.plain_records import GIVEN_AT_LANDING

ARROW_ROWS = 32_768
"""Rows of a piece of an Arrow table; DuckDB reserves memory for this many at once."""
MAX_TRANSACTION_BYTES = 192 * 1024 * 1024
"""Of records, decompressed; four row groups of our events are 165 MB."""


@dataclass
class Verdicts:
    """What one topic's records of a batch are.

    Attributes:
        rows: the good ones, in tables with the raw table's columns but GIVEN_AT_LANDING; a column
            that is left out holds nothing.
        dead: the others, whole, with their reason; None where there are none.
    """

    rows: list[pa.Table]
    dead: pa.Table | None = None

    def followed_by(self, other: Verdicts) -> Verdicts:
        """Both, in as few tables as there are kinds of them."""
        dead = [verdicts.dead for verdicts in (self, other) if verdicts.dead is not None]
        return Verdicts(_by_schema([*self.rows, *other.rows]), *_by_schema(dead))


@dataclass
class JudgedBatch:
    """One transaction's worth.

    Attributes:
        verdicts: by topic.
        spans: for each partition, the offset it was read from and the next one to read.
        counts: how many records were read of each partition.
        size: bytes that its records were, decompressed; somewhat more where a record batch was cut.
    """

    verdicts: dict[str, Verdicts]
    spans: dict[TopicPartition, tuple[int, int]]
    counts: dict[TopicPartition, int]
    size: int

    @property
    def record_count(self) -> int:
        return sum(self.counts.values())

    def followed_by(self, other: JudgedBatch) -> JudgedBatch:
        """This batch and the one that was read after it, as one."""
        names = [*self.verdicts, *(name for name in other.verdicts if name not in self.verdicts)]
        none = Verdicts([])
        verdicts = {
            name: self.verdicts.get(name, none).followed_by(other.verdicts.get(name, none))
            for name in names
        }
        spans = dict(self.spans)
        for partition, (first, following) in other.spans.items():
            spans[partition] = (spans.get(partition, (first,))[0], following)
        counts = {p: self.counts.get(p, 0) + other.counts.get(p, 0) for p in spans}
        return JudgedBatch(verdicts, spans, counts, self.size + other.size)


class Judge:
    """Holds records to the contract of their topic.

    Args:
        opened: keeps the DuckDB for those that are not plain, from the first of them on.
    """

    def __init__(self, opened: ExitStack) -> None:
        self._opened = opened
        self._topics = {topic.name: topic for topic in load_topics()}

    @cached_property
    def _duckdb(self) -> duckdb.DuckDBPyConnection:
        """Of one thread: the other core lands what was judged before."""
        connection = self._opened.enter_context(duckdb.connect(config={"threads": 1}))
        connection.execute("SET TimeZone = 'UTC'")
        return connection

    def judged(self, batches: Iterable[Batch]) -> Iterator[JudgedBatch]:
        """Each batch with its verdicts in the place of its records."""
        return map(self._judge_batch, batches)  # a loop would hold on to the batch before

    def judge(self, topic: Topic, plain: pa.Table, others: pa.Table) -> Verdicts:
        """The plainly good as they are, then the surely good in one go; the rest in full.

        Args:
            plain: rows, with a raw table's columns but GIVEN_AT_LANDING.
            others: columns as in RECORD_SCHEMA.
        """
        rows = [_without_silent(plain)] if plain.num_rows else []
        if not others.num_rows:
            return Verdicts(rows)
        with self._named("fetched", others):
            self._duckdb.execute(
                """CREATE OR REPLACE TEMP VIEW records AS
                SELECT *, make_timestamptz(kafka_timestamp_ms * 1000) AS kafka_timestamp
                FROM fetched"""
            )
            sure = self._rows(topic, sure_sql(topic.event_type, "records"), "is_sure")
            rows += [sure] if sure.num_rows else []
            if sure.num_rows == others.num_rows:
                return Verdicts(rows)
            with self._named("sure", sure):
                judged, dead = self._judge_unsure(topic)
        return Verdicts(rows + ([judged] if judged.num_rows else []), dead)

    def _judge_batch(self, batch: Batch) -> JudgedBatch:
        verdicts = {
            name: self.judge(self._topics[name], batch.plain[name], others)
            for name, others in batch.others.items()
        }
        return JudgedBatch(verdicts, batch.spans, batch.counts, batch.size)

    def _judge_unsure(self, topic: Topic) -> tuple[pa.Table, pa.Table | None]:
        """The good ones of what is not surely so, and the others."""
        self._duckdb.execute(
            """CREATE OR REPLACE TEMP VIEW unsure AS
            FROM records ANTI JOIN sure USING (kafka_partition, kafka_offset)"""
        )
        self._duckdb.execute(
            f"CREATE TEMP TABLE judged AS {judged_sql(topic.event_type, 'unsure')}"
        )
        rows = self._rows(topic, "FROM judged", "fault IS NULL")
        dead = self._duckdb.execute(
            """SELECT kafka_partition, kafka_offset, kafka_timestamp, key, value,
                      split_part(fault, ':', 1) AS reason,
                      nullif(split_part(fault, ':', 2), '') AS field
            FROM judged WHERE fault IS NOT NULL"""
        ).to_arrow_table(ARROW_ROWS)
        self._duckdb.execute("DROP TABLE judged")
        return rows, dead

    def _rows(self, topic: Topic, judged: str, condition: str) -> pa.Table:
        names = [n for n in table_columns(topic.event_type) if n not in GIVEN_AT_LANDING]
        return self._duckdb.execute(
            f"SELECT {', '.join(names)} FROM ({judged}) WHERE {condition}"
        ).to_arrow_table(ARROW_ROWS)

    @contextmanager
    def _named(self, name: str, table: pa.Table) -> Iterator[None]:
        """A name that SQL knows a table by, for as long as it is needed."""
        self._duckdb.register(name, table)
        try:
            yield
        finally:
            self._duckdb.unregister(name)


def in_transactions(
    batches: Iterable[JudgedBatch], most: int, firsts: Iterable[int] = ()
) -> Iterator[JudgedBatch]:
    """Neighbours put together, up to so many records and bytes; a larger one is left as it is.

    Args:
        firsts: of how many batches the first transactions are, at most.
    """
    wanted = chain(firsts, repeat(inf))
    held: list[JudgedBatch] = []
    count, limit = 0, inf
    for batch in batches:
        if held and not _fit(held[0], batch, most):
            yield held.pop()
        held, count = ([held[0].followed_by(batch)], count + 1) if held else ([batch], 1)
        limit = next(wanted) if count == 1 else limit
        del batch  # or it would be kept until the next one is judged
        if held[0].record_count >= most or count >= limit:
            yield held.pop()
    yield from held


def _fit(held: JudgedBatch, batch: JudgedBatch, most: int) -> bool:
    return (
        held.record_count + batch.record_count <= most
        and held.size + batch.size <= MAX_TRANSACTION_BYTES
    )


def _without_silent(rows: pa.Table) -> pa.Table:
    """Without the columns in which no row says anything: they would cost as much as others do."""
    return rows.drop_columns([name for name in rows.column_names if _is_silent(rows[name])])


def _is_silent(column: pa.ChunkedArray) -> bool:
    return bool(column.null_count == len(column))


def _by_schema(tables: Sequence[pa.Table]) -> list[pa.Table]:
    """Those put together of which no column has another type in one than in another."""
    alike: list[tuple[dict[str, pa.DataType], list[pa.Table]]] = []
    for table in tables:
        types = dict(zip(table.column_names, table.schema.types, strict=True))
        for known, found in alike:
            if all(known.get(name, kind) == kind for name, kind in types.items()):
                known.update(types)
                found.append(table)
                break
        else:
            alike.append((types, [table]))
    return [pa.concat_tables(found, promote_options="default") for _, found in alike]


@contextmanager
def open_judge() -> Iterator[Judge]:
    """A judge, and what it opens."""
    with ExitStack() as opened:
        yield Judge(opened)
