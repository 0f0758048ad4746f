"""Dead letters held to the contract of now: those that are good land, in one transaction.

A record keeps its coordinates and moves whole: its row, the counts of the batch that read it, and
its trail in `raw.redrives`. Why it gets a batch of its own: docs/decisions/dead-letters-redrive.md.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import duckdb
import msgspec

from ingestion.contracts.topics import Topic, load_topics
from ingestion.contracts.validation import ERASED, judged_sql, sql_text, table_columns
from ingestion.dead_letters.reading import Selection
from ingestion.erasure.tombstones import Tombstones
from ingestion.warehouse import COORDINATES, next_id, open_warehouse
from runtime.clock import now
from runtime.errors import AttacheError
from runtime.run import Run
from runtime.settings import Settings


class RedriveReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one redrive did: judged = landed + still dead.

    Attributes:
        redrive_id: its number in `raw.redrives`; None where nothing changed.
        landed: how many became rows, by the reason that they had.
        other_reason: how many stay, with another reason than before.
        still_dead: how many stay, by the reason that they have now.
    """

    redrive_id: int | None
    run_id: str
    judged: int
    landed: dict[str, int]
    other_reason: int
    still_dead: dict[str, int]


class RedriveError(AttacheError):
    """A redrive would have moved another number of records than it judged good."""


def redrive(settings: Settings, run: Run, selection: Selection) -> RedriveReport:
    """Judge stored records again and land those that are good now: all of them or none.

    Raises:
        AttacheError: the warehouse is being written by another step.
    """
    condition = selection.condition
    with open_warehouse(settings) as warehouse:
        redrive_id = next_id(warehouse, "raw.redrives", "redrive_id")
        outcomes: Counter[tuple[bool, bool, str, str]] = Counter()
        warehouse.begin()
        try:
            for topic in load_topics():
                _judge(warehouse, topic, condition)
                outcomes.update(_outcomes(warehouse))
                _land_rows(warehouse, topic)
                _hand_over_counts(warehouse, now())
                _drop_dead_letters(warehouse, topic)
                _leave_trail(warehouse, topic, redrive_id, run.run_id, now())
            warehouse.commit()
        except BaseException:
            warehouse.rollback()
            raise
        return _report(redrive_id, run.run_id, outcomes)


def _judge(warehouse: duckdb.DuckDBPyConnection, topic: Topic, condition: str) -> None:
    """The dead letters of a topic with their verdict of now, and the batch that each would be in.

    Each batch that hands records over gets one new batch: one drain, one generation. An erased
    actor's records stay: those that landing could not read may be readable now.
    """
    is_erased = Tombstones.of(warehouse).concern_row(topic.event_type)
    warehouse.execute(
        f"""CREATE OR REPLACE TEMP TABLE chosen AS
        SELECT {COORDINATES}, kafka_timestamp, kafka_key AS key, value, batch_id AS from_batch_id,
               reason AS reason_before, field AS field_before
        FROM raw.dead_letters WHERE kafka_topic = {sql_text(topic.name)} AND {condition}
            AND reason <> {sql_text(ERASED)}"""
    )
    warehouse.execute(
        f"""CREATE OR REPLACE TEMP TABLE judged AS
        SELECT *, (SELECT coalesce(max(batch_id), 0) FROM raw.batches)
                  + dense_rank() OVER (PARTITION BY fault IS NULL ORDER BY from_batch_id)
                  AS batch_id,
               split_part(fault, ':', 1) AS reason,
               nullif(split_part(fault, ':', 2), '') AS field
        FROM (
            SELECT * REPLACE (if(fault IS NULL AND {is_erased}, {sql_text(ERASED)}, fault) AS fault)
            FROM ({judged_sql(topic.event_type, "chosen")}))"""
    )


def _outcomes(warehouse: duckdb.DuckDBPyConnection) -> dict[tuple[bool, bool, str, str], int]:
    rows = warehouse.execute(
        """SELECT fault IS NULL,
                  fault IS NOT NULL
                  AND (reason, field) IS DISTINCT FROM (reason_before, field_before),
                  reason_before, coalesce(reason, ''), count(*)
        FROM judged GROUP BY ALL"""
    ).fetchall()
    return {(landed, changed, before, after): n for landed, changed, before, after, n in rows}


def _land_rows(warehouse: duckdb.DuckDBPyConnection, topic: Topic) -> None:
    columns = ", ".join(table_columns(topic.event_type))
    warehouse.execute(
        f"""INSERT INTO raw.{topic.table} ({columns})
        SELECT {columns} FROM judged WHERE fault IS NULL"""
    )


def _hand_over_counts(warehouse: duckdb.DuckDBPyConnection, committed_at: datetime) -> None:
    """Take the records from the counts of the batches that read them; give them to the new ones."""
    warehouse.execute(
        """CREATE OR REPLACE TEMP TABLE moved AS
        SELECT from_batch_id, batch_id AS new_batch_id, kafka_topic AS topic,
               kafka_partition AS "partition", count(*) AS n
        FROM judged WHERE fault IS NULL GROUP BY ALL"""
    )
    warehouse.execute(
        """INSERT INTO raw.batches BY NAME
        SELECT moved.new_batch_id AS batch_id, batches.drain_id, batches.topic, batches."partition",
               batches.generation, batches.first_offset, batches.first_offset AS next_offset,
               moved.n AS record_count, moved.n AS row_count, 0 AS dead_letter_count,
               ? AS committed_at
        FROM raw.batches AS batches JOIN moved ON batches.batch_id = moved.from_batch_id
            AND batches.topic = moved.topic AND batches."partition" = moved."partition" """,
        [committed_at],
    )
    warehouse.execute(
        """UPDATE raw.batches AS batches SET record_count = record_count - moved.n,
               dead_letter_count = dead_letter_count - moved.n
        FROM moved WHERE batches.batch_id = moved.from_batch_id
            AND batches.topic = moved.topic AND batches."partition" = moved."partition" """
    )


def _drop_dead_letters(warehouse: duckdb.DuckDBPyConnection, topic: Topic) -> None:
    """Take out what has landed; what is refused for another reason now says so."""
    same = " AND ".join(f"dead.{c} = judged.{c}" for c in COORDINATES.split(", "))
    warehouse.execute(
        f"DELETE FROM raw.dead_letters AS dead USING judged WHERE fault IS NULL AND {same}"
    )
    warehouse.execute(
        f"""UPDATE raw.dead_letters AS dead SET reason = judged.reason, field = judged.field,
               contract_version = {sql_text(topic.event_type)},
               kafka_key = if(judged.reason = {sql_text(ERASED)}, NULL, dead.kafka_key),
               value = if(judged.reason = {sql_text(ERASED)}, NULL, dead.value)
        FROM judged WHERE {same} AND fault IS NOT NULL
            AND (judged.reason, judged.field) IS DISTINCT FROM (reason_before, field_before)"""
    )


def _leave_trail(
    warehouse: duckdb.DuckDBPyConnection,
    topic: Topic,
    redrive_id: int,
    run_id: str,
    redriven_at: datetime,
) -> None:
    """One row for each record that changed, and the proof that as many landed as were good."""
    warehouse.execute(
        f"""INSERT INTO raw.redrives BY NAME
        SELECT {redrive_id} AS redrive_id, ? AS run_id, ? AS redriven_at, {COORDINATES},
               reason_before, field_before, from_batch_id,
               if(fault IS NULL, batch_id, NULL) AS batch_id,
               if(fault IS NULL, 'landed', reason) AS outcome
        FROM judged WHERE fault IS NULL
            OR (reason, field) IS DISTINCT FROM (reason_before, field_before)""",
        [run_id, redriven_at],
    )
    judged = f"SEMI JOIN judged USING ({COORDINATES})"
    row = warehouse.execute(
        f"""SELECT (SELECT count(*) FROM judged WHERE fault IS NULL),
                   (SELECT coalesce(sum(n), 0) FROM moved),
                   (SELECT count(*) FROM raw.{topic.table} {judged}),
                   (SELECT count(*) FROM judged WHERE fault IS NOT NULL),
                   (SELECT count(*) FROM raw.dead_letters {judged})"""
    ).fetchone()
    _refuse_a_loss(topic, row or ())


def _refuse_a_loss(topic: Topic, counts: tuple[int, ...]) -> None:
    """Refuse a move that would lose or repeat a record.

    Raises:
        RedriveError: the counts differ; the transaction is undone.
    """
    good, handed_over, landed, bad, kept = counts
    if not (good == handed_over == landed and bad == kept):
        raise RedriveError(
            f"{topic.name}: {good} dead letters are good now, {landed} would be rows and "
            f"{handed_over} counted; {bad} are not, {kept} would stay.",
            "Nothing was changed. This is a bug: please report it.",
        )


def _report(
    redrive_id: int, run_id: str, outcomes: Counter[tuple[bool, bool, str, str]]
) -> RedriveReport:
    landed: Counter[str] = Counter()
    still_dead: Counter[str] = Counter()
    other_reason = 0
    for (is_landed, is_changed, before, after), count in outcomes.items():
        if is_landed:
            landed[before] += count
        else:
            still_dead[after] += count
            other_reason += count if is_changed else 0
    has_changed = bool(landed) or other_reason > 0
    return RedriveReport(
        redrive_id=redrive_id if has_changed else None,
        run_id=run_id,
        judged=sum(outcomes.values()),
        landed=dict(sorted(landed.items())),
        other_reason=other_reason,
        still_dead=dict(sorted(still_dead.items())),
    )
