"""Landing: from Kafka into the raw schema, each batch in one transaction.

Rows, dead letters, the next offsets and the batch's own record commit together, and a drain starts
from the offsets in the warehouse: whatever is killed when, a record is there once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import duckdb
import msgspec
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import OffsetOutOfRangeError

from ingestion.broker.bootstrap import bootstrap_servers
from ingestion.contracts.topics import Topic, load_topics
from ingestion.contracts.validation import ERASED, sql_text, table_columns
from ingestion.dead_letters.flood import FloodGuard
from ingestion.erasure.tombstones import NOBODY, Tombstones
from ingestion.extents import Extent, open_consumer, read_extents
from ingestion.offsets import Position, check_gaps
from ingestion.warehouse import insert_all, next_id, open_warehouse
from runtime.ahead import ahead, long_turns, meanwhile
from runtime.clock import now
from runtime.errors import AttacheError
from runtime.memory import use_one_heap
from runtime.progress import meter
from runtime.run import Run
from runtime.settings import Settings
from runtime.spared import importing

if TYPE_CHECKING:
    import pyarrow as pa

    from ingestion.judging import JudgedBatch, Verdicts

WAREHOUSE_MEMORY = "160MB"
PIECES = 4
"""Of a transaction, each judged by itself and, where it fills a row group, inserted by a thread."""
ROW_GROUP_RECORDS = 122_880
"""Of DuckDB."""


class LandReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one drain did: records read = rows landed + dead letters.

    Attributes:
        dead_letters: how many, by reason.
        seconds: from the first poll to the last commit.
    """

    drain_id: int
    run_id: str
    records: int
    rows: int
    dead_letters: dict[str, int]
    batches: int
    seconds: float


class ConservationError(AttacheError):
    """A transaction would have landed another number of records than it read; nothing was kept."""


def land(settings: Settings, run: Run, accept_gaps: bool = False) -> LandReport:
    """Drain every topic up to the end offsets of this moment.

    Args:
        accept_gaps: go on past records that the broker no longer has; the gap stays on record.

    Raises:
        DataGoneError: records that were never landed are gone from the broker.
        AttacheError: the broker or the warehouse can't be reached.
    """
    use_one_heap()  # before there are other threads
    with (
        meanwhile(open_warehouse(settings)) as opened,
        meanwhile(_reached(settings, opened)) as reached,
    ):
        with importing():  # numpy and Arrow, while these two are waited for
            from ingestion import drain, judging

        servers, consumer, extents = reached()
        warehouse = opened()
        warehouse.execute(f"SET memory_limit = '{WAREHOUSE_MEMORY}'")  # else it keeps what it wrote
        positions = check_gaps(warehouse, extents, run.logical_at, accept_gaps)
        landed = _Drain(warehouse, run, positions)
        total = sum(e.end - positions[p].next_offset for p, e in extents.items())
        starts = {partition: position.next_offset for partition, position in positions.items()}
        most = settings.landing_batch_records
        piece = piece_records(most)
        odd = drain.odd_records(starts, extents, piece)
        batches = drain.read_batches(consumer, starts, extents, piece, odd)
        whole = (total - sum(odd.values())) // piece
        firsts = [1] * len(odd) + first_pieces(whole)
        guard = FloodGuard(settings.dead_letter_share, settings.dead_letter_minimum)
        try:
            with (
                meter("landing", total) as progress,
                long_turns(),
                judging.open_judge() as judge,
                ahead(judging.in_transactions(judge.judged(batches), most, firsts)) as ready,
            ):
                for batch in ready:
                    landed.commit(batch)
                    guard.after_batch(landed.records, landed.reasons)
                    progress.advance(batch.record_count)
        except OffsetOutOfRangeError:  # retention was faster than this drain: say what is gone
            check_gaps(warehouse, read_extents(servers, consumer), run.logical_at, accept=False)
            raise
        return landed.finish()


@contextmanager
def _reached(
    settings: Settings, opened: Callable[[], object]
) -> Iterator[tuple[str, KafkaConsumer, dict[TopicPartition, Extent]]]:
    """Kafka, and what it holds: asked once the warehouse is ours, so nobody lands beyond it."""
    with bootstrap_servers(settings) as servers, open_consumer(servers) as consumer:
        opened()
        yield servers, consumer, read_extents(servers, consumer)


def piece_records(most: int) -> int:
    """Of how many records the pieces of a transaction of so many are."""
    return ROW_GROUP_RECORDS if most >= ROW_GROUP_RECORDS else max(1, most // PIECES)


def first_pieces(whole: int) -> list[int]:
    """How many pieces the first transactions have, of so many in all; then they have PIECES.

    The first is of one piece, so that there is work at once, and three are of two, so that nobody
    waits long for the next. Where the last one would not be full, there is another one of one
    piece, of two, or both.
    """
    left = (whole - 1 - 3 * 2) % PIECES
    return [1] * (1 + left % 2) + [2] * (3 + left // 2)


class _Drain:
    """One drain's transactions and what they add up to."""

    def __init__(
        self,
        warehouse: duckdb.DuckDBPyConnection,
        run: Run,
        positions: dict[TopicPartition, Position],
    ) -> None:
        self.warehouse = warehouse
        self.run = run
        self.positions = positions
        self.started_at = now()
        self.records = self.rows = self.batches = 0
        self.reasons: Counter[str] = Counter()
        self.tombstones = Tombstones.of(warehouse)
        self.drain_id = next_id(warehouse, "raw.drains", "drain_id")
        warehouse.execute(
            "INSERT INTO raw.drains VALUES (?, ?, ?, ?, NULL, NULL)",
            [self.drain_id, run.run_id, run.logical_at, self.started_at],
        )

    def commit(self, batch: JudgedBatch) -> None:
        """Land one batch: everything of it or nothing."""
        batch_id = next_id(self.warehouse, "raw.batches", "batch_id")
        topics = {topic.name: topic for topic in load_topics()}
        # in its order is by one thread: several that don't fill a row group each would copy their
        # parts together, one by one; to tell DuckDB another number of them costs all free memory
        in_order = "false" if _fills_row_groups(batch) else "true"
        self.warehouse.execute(f"SET preserve_insertion_order = {in_order}")
        self.warehouse.begin()
        try:
            for name, verdicts in batch.verdicts.items():
                self._insert_verdicts(topics[name], verdicts, batch_id)
            self._account(batch, batch_id)
            self.warehouse.commit()
        except BaseException:
            with suppress(duckdb.Error):  # a failed commit has left no transaction to roll back
                self.warehouse.rollback()
            raise
        self.batches += 1

    def finish(self) -> LandReport:
        """Close the drain's record and say what it did."""
        finished_at = now()
        self.warehouse.execute(
            "UPDATE raw.drains SET finished_at = ?, record_count = ? WHERE drain_id = ?",
            [finished_at, self.records, self.drain_id],
        )
        return LandReport(
            drain_id=self.drain_id,
            run_id=self.run.run_id,
            records=self.records,
            rows=self.rows,
            dead_letters=dict(sorted(self.reasons.items())),
            batches=self.batches,
            seconds=round((finished_at - self.started_at).total_seconds(), 3),
        )

    def _insert_verdicts(self, topic: Topic, verdicts: Verdicts, batch_id: int) -> None:
        for rows in verdicts.rows:
            self._insert_rows(topic, rows, batch_id)
        if verdicts.dead is not None:
            dead = self.tombstones.blanked("judged")
            self._insert_dead(topic, verdicts.dead, batch_id, dead)

    def _insert_rows(self, topic: Topic, rows: pa.Table, batch_id: int) -> None:
        computed = {
            "kafka_topic": "?",
            "kafka_generation": self._generation(topic),
            "batch_id": "?",
        }
        said = {*computed, *rows.column_names}
        names = [name for name in table_columns(topic.event_type) if name in said]
        columns = ", ".join(computed.get(name, name) for name in names)
        is_erased = self.tombstones.concern_row(topic.event_type)
        # by name: a column that was added to the contract later stands last in an older table
        self._insert(
            f"""INSERT INTO raw.{topic.table} ({", ".join(names)})
            SELECT {columns} FROM judged WHERE NOT {is_erased}""",
            [topic.name, batch_id],
            rows,
        )
        if is_erased != NOBODY:
            blank = f"""(SELECT *, NULL AS key, NULL AS value, {sql_text(ERASED)} AS reason,
                NULL AS field FROM judged WHERE {is_erased})"""
            self._insert_dead(topic, rows, batch_id, blank)

    def _insert_dead(self, topic: Topic, dead: pa.Table, batch_id: int, relation: str) -> None:
        """Set records aside, as SQL that reads the table as `judged` gives them."""
        self._insert(
            f"""INSERT INTO raw.dead_letters
            SELECT ?, kafka_partition, {self._generation(topic)}, kafka_offset, kafka_timestamp,
                   key, value, reason, field, ?, ? FROM {relation}""",
            [topic.name, topic.event_type, batch_id],
            dead,
        )

    def _insert(self, sql: str, values: list[object], judged: pa.Table) -> None:
        self.warehouse.register("judged", judged)
        try:
            self.warehouse.execute(sql, values)
        finally:
            self.warehouse.unregister("judged")

    def _generation(self, topic: Topic) -> str:
        """Each partition's generation, as SQL."""
        cases = " ".join(
            f"WHEN {partition.partition} THEN {position.generation}"
            for partition, position in self.positions.items()
            if partition.topic == topic.name
        )
        return f"CASE kafka_partition {cases} END::INTEGER"

    def _account(self, batch: JudgedBatch, batch_id: int) -> None:
        """Write the batch's record and the next offsets, from what really is in the tables."""
        landed = self._stored(batch, batch_id)
        committed_at = now()
        notes = []
        for partition, span in batch.spans.items():
            read = batch.counts[partition]
            rows, dead = landed.get(partition, (0, 0))
            if read != rows + dead:
                raise ConservationError(
                    f"{partition.topic}/{partition.partition}: {read} records read, "
                    f"{rows} rows and {dead} dead letters to be landed.",
                    "Nothing of this batch was kept. This is a bug: please report it.",
                )
            place = (*partition, self.positions[partition].generation)
            notes.append((batch_id, self.drain_id, *place, *span, read, rows, dead, committed_at))
            self.records += read
            self.rows += rows
        insert_all(self.warehouse, "raw.batches", notes)
        self.warehouse.execute(
            """UPDATE raw.offsets AS held SET next_offset = noted.next_offset, batch_id = ?
            FROM raw.batches AS noted WHERE noted.batch_id = ?
                AND held.topic = noted.topic AND held.partition = noted.partition""",
            [batch_id, batch_id],
        )

    def _stored(self, batch: JudgedBatch, batch_id: int) -> dict[TopicPartition, tuple[int, int]]:
        """Rows and dead letters of this batch, counted in the tables that they were put into."""
        counts: dict[TopicPartition, tuple[int, int]] = {}
        for topic in load_topics():
            if topic.name not in batch.verdicts:
                continue
            found = self.warehouse.execute(
                f"""SELECT kafka_partition, count(*) FILTER (landed), count(*) FILTER (NOT landed)
                FROM (SELECT kafka_partition, batch_id, true AS landed FROM raw.{topic.table}
                      UNION ALL
                      SELECT kafka_partition, batch_id, false FROM raw.dead_letters
                      WHERE kafka_topic = ?)
                WHERE batch_id = ? GROUP BY ALL""",
                [topic.name, batch_id],
            ).fetchall()
            for number, rows, dead in found:
                counts[TopicPartition(topic.name, number)] = (rows, dead)
        reasons = self.warehouse.execute(
            "SELECT reason, count(*) FROM raw.dead_letters WHERE batch_id = ? GROUP BY ALL",
            [batch_id],
        ).fetchall()
        self.reasons.update(dict(reasons))
        return counts


def _fills_row_groups(batch: JudgedBatch) -> bool:
    """Whether all of its rows come in pieces of a row group."""
    tables = [table for verdicts in batch.verdicts.values() for table in verdicts.rows]
    pieces = [piece.num_rows for table in tables for piece in table.to_batches()]
    return set(pieces) == {ROW_GROUP_RECORDS}
