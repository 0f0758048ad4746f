"""Judged batches as transactions, each of which is still being read while it is written.

Plain rows go into the file as they come, so a transaction needs no more memory the longer it is,
and no thread waits for another before its end: docs/decisions/landing-in-bulk.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple, TypeVar, cast

import pyarrow as pa
from kafka import TopicPartition

from ingestion.judging import JudgedBatch, Verdicts

T = TypeVar("T")

ROW_GROUP_RECORDS = 122_880
"""Of DuckDB."""
PIECES = 4
"""How many batches a transaction has that is smaller than a row group."""
MAX_HELD_BYTES = 192 * 1024 * 1024
"""Of records in a transaction, decompressed: of those that can't be inserted as they come."""
PAUSE = 0
"""Of no transaction: nothing came for a while."""


def piece_records(most: int) -> int:
    """Of how many records the batches of a transaction of so many are."""
    return ROW_GROUP_RECORDS if most >= ROW_GROUP_RECORDS else max(1, most // PIECES)


class MainRows(NamedTuple):
    """What the batches of a transaction mainly are: rows of one topic, all with these columns."""

    topic: str
    schema: pa.Schema


class Part(NamedTuple):
    """What one statement inserts.

    Attributes:
        is_stream: the relation is a C stream of Arrow, to be read once and by several threads;
            else it is a table.
    """

    topic: str
    columns: list[str]
    relation: object
    is_dead: bool = False
    is_stream: bool = False


class Transaction:
    """What is landed in one, all of it or nothing; read while it is inserted.

    Args:
        batches: neighbours.
        main: what each of them is for the most part; None where that can't be said.

    Attributes:
        topics: those that something came of; complete once all parts were inserted, as the others.
        spans: for each partition, the offset it was read from and the next one to read.
        counts: how many records were read of each partition.
    """

    def __init__(self, batches: Iterable[JudgedBatch], main: MainRows | None = None) -> None:
        self.topics: dict[str, None] = {}
        self.spans: dict[TopicPartition, tuple[int, int]] = {}
        self.counts: Counter[TopicPartition] = Counter()
        self._batches = map(self._noted, batches)
        self._main = main
        self._rest: list[tuple[str, Verdicts]] = []
        self._errors: list[BaseException] = []

    def parts(self) -> Iterator[Part]:
        """One after the other; each is to be inserted before the next is asked for.

        Raises:
            BaseException: what was raised while DuckDB read a part.
        """
        if self._main:
            topic, schema = self._main
            # each thread of DuckDB takes one when it is done with the one before, and waits for
            # nobody else; of a reader of Arrow's, its data sets would ask for more than is taken
            main_rows = _until_error(map(self._main_rows, self._batches), self._errors)
            rows = pa.RecordBatchReader.from_batches(schema, main_rows)
            yield Part(topic, schema.names, rows.__arrow_c_stream__(), is_stream=True)
            for error in self._errors:
                raise error
        else:
            self._rest += (item for batch in self._batches for item in batch.verdicts.items())
        rest = _put_together(self._rest)
        self._rest.clear()
        for topic, verdicts in rest.items():
            for table in verdicts.rows:
                yield Part(topic, table.column_names, table)
            if verdicts.dead is not None:
                yield Part(topic, verdicts.dead.column_names, verdicts.dead, is_dead=True)

    def _noted(self, batch: JudgedBatch) -> JudgedBatch:
        self.topics.update(dict.fromkeys(batch.verdicts))
        for partition, (first, following) in batch.spans.items():
            self.spans[partition] = (self.spans.get(partition, (first,))[0], following)
        self.counts.update(batch.counts)
        return batch

    def _main_rows(self, batch: JudgedBatch) -> pa.RecordBatch:
        """The rows that a batch mainly is; what else it has is kept for later."""
        ((topic, verdicts),) = batch.verdicts.items()
        main, *others = verdicts.rows
        self._rest.append((topic, Verdicts(others, verdicts.dead)))
        (rows,) = main.to_batches()
        return rows


def in_transactions(batches: Iterable[JudgedBatch | None], most: int) -> Iterator[Transaction]:
    """Neighbours in one transaction, which has to be gone through before the next.

    Those that are mainly rows of one topic are among themselves. What was read before an error of
    the supply is a transaction like any other; then the error is raised.

    Args:
        batches: None where nothing came for a while: what was read before is not to wait.
        most: records of a transaction; a larger batch is left as it is.
    """
    errors: list[BaseException] = []
    cut = groupby(_until_error(batches, errors), _Cut(most))
    for (number, main), neighbours in cut:
        if number != PAUSE:
            yield Transaction(cast("Iterator[JudgedBatch]", neighbours), main)
    for error in errors:
        raise error


def _put_together(found: Iterable[tuple[str, Verdicts]]) -> dict[str, Verdicts]:
    """Each topic's verdicts, in as few tables as there are schemas; dead letters have one."""
    rows: dict[str, list[pa.Table]] = defaultdict(list)
    dead: dict[str, list[pa.Table]] = defaultdict(list)
    for topic, verdicts in found:
        rows[topic] += verdicts.rows
        dead[topic] += [] if verdicts.dead is None else [verdicts.dead]
    return {topic: Verdicts(_by_schema(rows[topic]), *_by_schema(dead[topic])) for topic in rows}


class _Cut:
    """Tells the number of each batch's transaction, and what its batches mainly are."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._number = PAUSE
        self._begin(None)

    def __call__(self, batch: JudgedBatch | None) -> tuple[int, MainRows | None]:
        if batch is None:
            self._begin(None)
            return PAUSE, None
        main, held = _main_of(batch)
        fits = (
            self._main == main
            and self._records + batch.record_count <= self._most
            and self._held + held <= MAX_HELD_BYTES
        )
        if not fits:
            self._begin(main)
        self._records += batch.record_count
        self._held += held
        return self._number, main

    def _begin(self, main: MainRows | None) -> None:
        self._number += 1
        self._main, self._records, self._held = main, 0, 0


def _main_of(batch: JudgedBatch) -> tuple[MainRows | None, int]:
    """What a batch mainly is, and of how many bytes the records are that are something else.

    Where its first rows are in one piece and half a row group, a thread that inserts them begins
    another row group for each two of them at most.
    """
    if len(batch.verdicts) == 1:
        ((topic, verdicts),) = batch.verdicts.items()
        for main in verdicts.rows[:1]:
            pieces = len(main.to_batches())
            if 2 * main.num_rows >= ROW_GROUP_RECORDS and pieces == 1:
                others = batch.record_count - main.num_rows
                held = batch.size * others // batch.record_count
                return MainRows(topic, main.schema), held
    return None, batch.size


def _by_schema(tables: Iterable[pa.Table]) -> list[pa.Table]:
    """Those put together of which no column has another type in one than in another."""
    alike: list[tuple[dict[str, pa.DataType], list[pa.Table]]] = []
    for table in tables:
        types = dict(zip(table.column_names, table.schema.types, strict=True))
        for known, found in alike:
            if all(known.get(name, its) == its for name, its in types.items()):
                known.update(types)
                found.append(table)
                break
        else:
            alike.append((types, [table]))
    return [pa.concat_tables(found, promote_options="default") for _, found in alike]


def _until_error(items: Iterable[T], errors: list[BaseException]) -> Iterator[T]:
    """The items before the first error, which is kept: DuckDB would only pass on what it says."""
    try:
        yield from items
    except (Exception, KeyboardInterrupt) as error:
        errors.append(error)
