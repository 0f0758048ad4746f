"""The verdict on fetched records, in a DuckDB of its own: rows with typed values, or dead letters.

It holds nothing and knows nothing of the warehouse, so it runs beside the transaction before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property

import duckdb
import pyarrow as pa
from kafka import TopicPartition

from ingestion.contracts.sure import sure_sql
from ingestion.contracts.topics import Topic, topic_named
from ingestion.contracts.validation import judged_sql, table_columns
from ingestion.pending import Batch
from ingestion.plain_records import GIVEN_AT_LANDING

ARROW_ROWS = 2_048
"""Rows of a piece of an Arrow table, a vector of DuckDB: it reserves memory for all at once."""
PART_BYTES = 16 * 1024 * 1024
"""Of records that are judged at once: each step of the verdict holds a vector, 2,048 of them."""


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


@dataclass
class JudgedBatch:
    """What was read together, with its verdicts.

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


class Judge:
    """Holds records to the contract of their topic.

    Args:
        opened: keeps the DuckDB for those that are not plain, from the first of them on.
    """

    def __init__(self, opened: ExitStack) -> None:
        self._opened = opened
        self._heard: dict[str, set[str]] = defaultdict(set)

    @cached_property
    def _duckdb(self) -> duckdb.DuckDBPyConnection:
        """Of one thread: the other core lands what was judged before."""
        connection = self._opened.enter_context(duckdb.connect(config={"threads": 1}))
        connection.execute("SET TimeZone = 'UTC'")
        return connection

    def judged(self, batches: Iterable[Batch]) -> Iterator[JudgedBatch]:
        """Each batch with its verdicts in the place of its records."""
        return map(self._judge_batch, batches)  # a loop would hold on to the batch before

    def judge(self, topic: Topic, plain: pa.Table, others: pa.Table, most: int) -> Verdicts:
        """The plainly good as they are, then the surely good in one go; the rest in full.

        Args:
            plain: rows, with a raw table's columns but GIVEN_AT_LANDING.
            others: columns as in RECORD_SCHEMA.
            most: how many of the others are judged at once.
        """
        rows = [self._without_silent(topic, plain)] if plain.num_rows else []
        dead = []
        for first in range(0, others.num_rows, most):
            good, wrong = self._judge_others(topic, others.slice(first, most))
            rows += [table for table in good if table.num_rows]
            dead += wrong
        return Verdicts(rows, pa.concat_tables(dead) if dead else None)

    def _judge_batch(self, batch: Batch) -> JudgedBatch:
        records = sum(batch.counts.values())
        most = max(1, PART_BYTES * records // max(1, batch.size))
        verdicts = {
            name: self.judge(topic_named(name), batch.plain[name], others, most)
            for name, others in batch.others.items()
        }
        return JudgedBatch(verdicts, batch.spans, batch.counts, batch.size)

    def _judge_others(
        self, topic: Topic, others: pa.Table
    ) -> tuple[list[pa.Table], list[pa.Table]]:
        """Tables of good ones, and one of the others where there are any."""
        with self._named("fetched", others):
            self._duckdb.execute(
                """CREATE OR REPLACE TEMP VIEW records AS
                SELECT *, make_timestamptz(kafka_timestamp_ms * 1000) AS kafka_timestamp
                FROM fetched"""
            )
            sure = self._rows(topic, sure_sql(topic.event_type, "records"), "is_sure")
            if sure.num_rows == others.num_rows:
                return [sure], []
            with self._named("sure", sure):
                judged, dead = self._judge_unsure(topic)
        return [sure, judged], [dead] if dead.num_rows else []

    def _judge_unsure(self, topic: Topic) -> tuple[pa.Table, pa.Table]:
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

    def _without_silent(self, topic: Topic, rows: pa.Table) -> pa.Table:
        """Without the columns in which no row has said anything yet: they cost as others do."""
        heard = self._heard[topic.name]
        heard.update(name for name in rows.column_names if not _is_silent(rows[name]))
        return rows.select([name for name in rows.column_names if name in heard])

    @contextmanager
    def _named(self, name: str, table: pa.Table) -> Iterator[None]:
        """A name that SQL knows a table by, for as long as it is needed."""
        self._duckdb.register(name, table)
        try:
            yield
        finally:
            self._duckdb.unregister(name)


def _is_silent(column: pa.ChunkedArray) -> bool:
    return bool(column.null_count == len(column))


@contextmanager
def open_judge() -> Iterator[Judge]:
    """A judge, and what it opens."""
    with ExitStack() as opened:
        yield Judge(opened)
