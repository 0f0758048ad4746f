"""Landing: from Kafka into the raw schema, each batch in one transaction.

Rows, dead letters, the next offsets and the batch's own record commit together, and a drain starts
from the offsets in the warehouse: whatever is killed when, a record is there once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import duckdb
import msgspec
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import OffsetOutOfRangeError

from ingestion.broker.bootstrap import bootstrap_servers
from ingestion.contracts.topics import Topic, topic_named
from ingestion.contracts.validation import table_columns
from ingestion.dead_letters.flood import FloodGuard
from ingestion.extents import Extent, open_consumer, read_extents
from ingestion.offsets import Position, check_gaps
from ingestion.warehouse import insert_all, next_id, open_warehouse
from runtime.ahead import ahead, meanwhile
from runtime.clock import now
from runtime.errors import AttacheError
from runtime.memory import use_one_heap
from runtime.progress import Meter, meter
from runtime.run import Run
from runtime.settings import Settings
from runtime.spared import importing

if TYPE_CHECKING:
    from ingestion.judging import JudgedBatch
    from ingestion.transactions import Part, Transaction

WAREHOUSE_MEMORY = "160MB"
PATIENCE_SECONDS = 2
"""A transaction waits no longer for its next batch: what was read is committed."""


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
            from ingestion import drain, judging, transactions
            from ingestion.erasure.aside import set_aside

        servers, consumer, extents = reached()
        warehouse = opened()
        warehouse.execute(f"SET memory_limit = '{WAREHOUSE_MEMORY}'")  # else it keeps what it wrote
        positions = check_gaps(warehouse, extents, run.logical_at, accept_gaps)
        landed = _Drain(warehouse, run, positions)
        total = sum(e.end - positions[p].next_offset for p, e in extents.items())
        starts = {partition: position.next_offset for partition, position in positions.items()}
        most = settings.landing_batch_records
        piece = transactions.piece_records(most)
        odd = drain.odd_records(starts, extents, piece)
        batches = drain.read_batches(consumer, starts, extents, piece, odd)
        guard = FloodGuard(settings.dead_letter_share, settings.dead_letter_minimum)
        try:
            with (
                meter("landing", total) as progress,
                judging.open_judge() as judge,
                ahead(set_aside(warehouse, judge.judged(batches)), PATIENCE_SECONDS) as ready,
            ):
                for transaction in transactions.in_transactions(_told(ready, progress), most):
                    landed.commit(transaction)
                    guard.after_batch(landed.records, landed.reasons)
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


def _told(batches: Iterable[JudgedBatch | None], progress: Meter) -> Iterator[JudgedBatch | None]:
    """The same, each told to whoever looks on."""
    for batch in batches:
        if batch is not None:
            progress.advance(batch.record_count)
        yield batch
        del batch  # or it would be kept until the next one is there


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
        self._reached = {partition: held.next_offset for partition, held in positions.items()}
        self.drain_id = next_id(warehouse, "raw.drains", "drain_id")
        warehouse.execute(
            "INSERT INTO raw.drains VALUES (?, ?, ?, ?, NULL, NULL)",
            [self.drain_id, run.run_id, run.logical_at, self.started_at],
        )

    def commit(self, transaction: Transaction) -> None:
        """Land all of a transaction or nothing."""
        batch_id = next_id(self.warehouse, "raw.batches", "batch_id")
        self.warehouse.begin()
        try:
            for part in transaction.parts():
                self._insert(part, batch_id)
            self._account(transaction, batch_id)
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

    def _insert(self, part: Part, batch_id: int) -> None:
        topic = topic_named(part.topic)
        insert = self._dead_sql(topic) if part.is_dead else self._rows_sql(topic, part.columns)
        values = {"topic": topic.name, "batch_id": batch_id}
        # in its order is by one thread: two that don't fill a row group each would copy their
        # parts together, one by one; to tell DuckDB another number of them costs all free memory
        in_order = "false" if part.is_stream else "true"
        self.warehouse.execute(f"SET preserve_insertion_order = {in_order}")
        self.warehouse.register("judged", part.relation)
        try:
            self.warehouse.execute(f"{insert} FROM judged", values)
        except BaseException as error:
            self.warehouse.interrupt()  # or its other thread would go on to the stream's end
            if isinstance(error.__cause__, KeyboardInterrupt):
                raise error.__cause__ from None
            raise
        finally:
            self.warehouse.unregister("judged")

    def _rows_sql(self, topic: Topic, given: Iterable[str]) -> str:
        computed = {
            "kafka_topic": "$topic",
            "kafka_generation": self._generation(topic),
            "batch_id": "$batch_id",
        }
        said = {*computed, *given}
        names = [name for name in table_columns(topic.event_type) if name in said]
        columns = ", ".join(computed.get(name, name) for name in names)
        # by name: a column that was added to the contract later stands last in an older table
        return f"INSERT INTO raw.{topic.table} ({', '.join(names)}) SELECT {columns}"

    def _dead_sql(self, topic: Topic) -> str:
        return f"""INSERT INTO raw.dead_letters
            SELECT $topic, kafka_partition, {self._generation(topic)}, kafka_offset,
                kafka_timestamp, key, value, reason, field, '{topic.event_type}', $batch_id"""

    def _generation(self, topic: Topic) -> str:
        """Each partition's generation, as SQL."""
        cases = " ".join(
            f"WHEN {partition.partition} THEN {position.generation}"
            for partition, position in self.positions.items()
            if partition.topic == topic.name
        )
        return f"CASE kafka_partition {cases} END::INTEGER"

    def _account(self, transaction: Transaction, batch_id: int) -> None:
        """Write the batch's record and the next offsets, from what really is in the tables."""
        landed = self._stored(transaction.topics, batch_id)
        committed_at = now()
        notes = []
        for partition, span in transaction.spans.items():
            count = transaction.counts[partition]
            rows, dead = landed.get(partition, (0, 0))
            if count != rows + dead or span[0] != self._reached[partition]:
                raise ConservationError(
                    f"{partition.topic}/{partition.partition}: {count} records read from offset "
                    f"{span[0]} on, where {self._reached[partition]} was due, "
                    f"{rows} rows and {dead} dead letters to be landed.",
                    "Nothing of this batch was kept. This is a bug: please report it.",
                )
            self._reached[partition] = span[1]
            place = (*partition, self.positions[partition].generation)
            notes.append((batch_id, self.drain_id, *place, *span, count, rows, dead, committed_at))
            self.records += count
            self.rows += rows
        insert_all(self.warehouse, "raw.batches", notes)
        self.warehouse.execute(
            """UPDATE raw.offsets AS held SET next_offset = noted.next_offset, batch_id = ?
            FROM raw.batches AS noted WHERE noted.batch_id = ?
                AND held.topic = noted.topic AND held.partition = noted.partition""",
            [batch_id, batch_id],
        )

    def _stored(
        self, topics: Collection[str], batch_id: int
    ) -> dict[TopicPartition, tuple[int, int]]:
        """Rows and dead letters of this batch, counted in the tables that they were put into."""
        counts: dict[TopicPartition, tuple[int, int]] = {}
        for name in topics:
            topic = topic_named(name)
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
