"""Judged batches as transactions, each of which is still being read while it is written.

Plain rows go into the file as they come, so a transaction needs no more memory the longer it is,
and no thread waits for another before its end: docs/decisions/landing-in-bulk.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple, cast

import pyarrow as pa
from kafka import TopicPartition

from ingestion.judging import JudgedBatch, Verdicts

ROW_GROUP_RECORDS = 122_880
"""Of DuckDB."""
PIECES = 4
"""Of a transaction that is smaller than a row group."""
MAX_HELD_BYTES = 192 * 1024 * 1024
"""Of records in a transaction, decompressed: of those that can't be inserted as they come."""
PAUSE = 0
"""In the place of a transaction's number."""


def piece_records(most: int) -> int:
    """Of how many records the batches of a transaction of so many are."""
    return ROW_GROUP_RECORDS if most >= ROW_GROUP_RECORDS else max(1, most // PIECES)


class Kind(NamedTuple):
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
        kind: what each of them is for the most part; None where that can't be said.

    Attributes:
        topics: those that something came of; complete, as the others, behind the parts.
        spans: for each partition, the offset it was read from and the next one to read.
        counts: how many records were read of each partition.
    """

    def __init__(self, batches: Iterable[JudgedBatch], kind: Kind | None = None) -> None:
        self.topics: set[str] = set()
        self.spans: dict[TopicPartition, tuple[int, int]] = {}
        self.counts: Counter[TopicPartition] = Counter()
        self._batches = map(self._noted, batches)
        self._kind = kind
        self._rest: list[tuple[str, Verdicts]] = []

    def parts(self) -> Iterator[Part]:
        """One after the other; each is to be inserted before the next is asked for."""
        if self._kind:
            topic, schema = self._kind
            # each thread of DuckDB takes one when it is done with the one before, and waits for
            # nobody else; of a reader of Arrow's, its data sets would ask for more than is taken
            rows = pa.RecordBatchReader.from_batches(schema, map(self._main_rows, self._batches))
            yield Part(topic, schema.names, rows.__arrow_c_stream__(), is_stream=True)
        else:
            self._rest += (item for batch in self._batches for item in batch.verdicts.items())
        for topic, verdicts in _put_together(self._rest).items():
            for table in verdicts.rows:
                yield Part(topic, table.column_names, table)
            if verdicts.dead is not None:
                yield Part(topic, verdicts.dead.column_names, verdicts.dead, is_dead=True)

    def _noted(self, batch: JudgedBatch) -> JudgedBatch:
        self.topics.update(batch.verdicts)
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
    for (number, kind), neighbours in cut:
        if number != PAUSE:
            yield Transaction(cast("Iterator[JudgedBatch]", neighbours), kind)
    for error in errors:
        raise error


def _put_together(found: Iterable[tuple[str, Verdicts]]) -> dict[str, Verdicts]:
    """Each topic's verdicts, in as few tables as there are kinds of them."""
    rows: dict[str, list[pa.Table]] = defaultdict(list)
    dead: dict[str, list[pa.Table]] = defaultdict(list)
    for topic, verdicts in found:
        rows[topic] += verdicts.rows
        dead[topic] += [] if verdicts.dead is None else [verdicts.dead]
    return {topic: Verdicts(_by_schema(rows[topic]), *_by_schema(dead[topic])) for topic in rows}


class _Cut:
    """Tells the number of each batch's transaction, and of what kind its batches are."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._number = PAUSE
        self._kind: Kind | None = None
        self._records = self._held = 0

    def __call__(self, batch: JudgedBatch | None) -> tuple[int, Kind | None]:
        if batch is None:
            return PAUSE, None
        kind, held = _kind_of(batch)
        fits = (
            self._number > PAUSE
            and self._records + batch.record_count <= self._most
            and self._held + held <= MAX_HELD_BYTES
            and self._kind == kind
        )
        if not fits:
            self._number += 1
            self._kind, self._records, self._held = kind, 0, 0
        self._records += batch.record_count
        self._held += held
        return self._number, kind


def _kind_of(batch: JudgedBatch) -> tuple[Kind | None, int]:
    """What a batch mainly is, and of how many bytes the records are that are something else."""
    if len(batch.verdicts) == 1:
        ((topic, verdicts),) = batch.verdicts.items()
        main = verdicts.rows[:1]
        count = sum(table.num_rows for table in main)
        if 2 * count >= ROW_GROUP_RECORDS and main[0].column(0).num_chunks == 1:
            held = batch.size * (batch.record_count - count) // batch.record_count
            return Kind(topic, main[0].schema), held
    return None, batch.size


def _by_schema(tables: Iterable[pa.Table]) -> list[pa.Table]:
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


def _until_error(
    batches: Iterable[JudgedBatch | None], errors: list[BaseException]
) -> Iterator[JudgedBatch | None]:
    """The batches before the first error, which is kept: DuckDB can't pass it on."""
    try:
        yield from batches
    except (Exception, KeyboardInterrupt) as error:
        errors.append(error)
