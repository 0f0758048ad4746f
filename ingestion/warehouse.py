"""The warehouse file: opened by one writer at a time, its raw schema made from the contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from ingestion.columns import stored_columns
from ingestion.contracts.events import KINDS
from ingestion.contracts.topics import topic_of
from ingestion.contracts.validation import ERASED, sql_text
from ingestion.evolution import follow_contract
from runtime.errors import AttacheError
from runtime.progress import console
from runtime.settings import Settings

COORDINATES = "kafka_topic, kafka_partition, kafka_generation, kafka_offset"
"""The columns by which a record is the one that it is in Kafka."""

SCHEMAS = ("raw", "staging", "intermediate", "marts", "reporting", "ops")

BOOKKEEPING = {
    # One row per drain: a landing that read up to the end offsets of its start.
    "raw.drains": """
        drain_id BIGINT NOT NULL, run_id VARCHAR NOT NULL, logical_at TIMESTAMPTZ NOT NULL,
        started_at TIMESTAMPTZ NOT NULL, finished_at TIMESTAMPTZ, record_count BIGINT""",
    # One row per transaction and partition that it read from.
    "raw.batches": """
        batch_id BIGINT NOT NULL, drain_id BIGINT NOT NULL, topic VARCHAR NOT NULL,
        partition INTEGER NOT NULL, generation INTEGER NOT NULL, first_offset BIGINT NOT NULL,
        next_offset BIGINT NOT NULL, record_count BIGINT NOT NULL, row_count BIGINT NOT NULL,
        dead_letter_count BIGINT NOT NULL, committed_at TIMESTAMPTZ NOT NULL""",
    # One row per partition: where the next drain starts.
    "raw.offsets": """
        topic VARCHAR NOT NULL, partition INTEGER NOT NULL, generation INTEGER NOT NULL,
        topic_id VARCHAR NOT NULL, next_offset BIGINT NOT NULL, batch_id BIGINT,
        PRIMARY KEY (topic, partition)""",
    # One row per record that could not be landed, whole.
    "raw.dead_letters": """
        kafka_topic VARCHAR NOT NULL, kafka_partition INTEGER NOT NULL,
        kafka_generation INTEGER NOT NULL, kafka_offset BIGINT NOT NULL,
        kafka_timestamp TIMESTAMPTZ, kafka_key BLOB, value BLOB, reason VARCHAR NOT NULL,
        field VARCHAR, contract_version VARCHAR NOT NULL, batch_id BIGINT NOT NULL""",
    # One row per dead letter that a redrive landed, or found another reason for: its trail.
    "raw.redrives": """
        redrive_id BIGINT NOT NULL, run_id VARCHAR NOT NULL, redriven_at TIMESTAMPTZ NOT NULL,
        kafka_topic VARCHAR NOT NULL, kafka_partition INTEGER NOT NULL,
        kafka_generation INTEGER NOT NULL, kafka_offset BIGINT NOT NULL,
        reason_before VARCHAR NOT NULL, field_before VARCHAR, from_batch_id BIGINT NOT NULL,
        batch_id BIGINT, outcome VARCHAR NOT NULL""",
    # One row per dead letter that a person has accepted as such: the gate counts it no more.
    "raw.accepted_dead_letters": """
        kafka_topic VARCHAR NOT NULL, kafka_partition INTEGER NOT NULL,
        kafka_generation INTEGER NOT NULL, kafka_offset BIGINT NOT NULL,
        reason VARCHAR NOT NULL, run_id VARCHAR NOT NULL, accepted_at TIMESTAMPTZ NOT NULL""",
    # One row per line of each import of the ministry's register; none before the first.
    "raw.account_register": """
        platform VARCHAR NOT NULL, account_id VARCHAR NOT NULL, mission VARCHAR NOT NULL,
        country_code VARCHAR, city VARCHAR, time_zone VARCHAR, peer_group VARCHAR, role VARCHAR,
        language VARCHAR, opened VARCHAR, registered VARCHAR, valid_from VARCHAR,
        import_id BIGINT, imported_on DATE""",
    # One row per override of the gate: named, dated, and withdrawn or not; none is ever deleted.
    "raw.gate_overrides": """
        override_id BIGINT NOT NULL, check_id VARCHAR NOT NULL, key VARCHAR, account_key VARCHAR,
        activity_date DATE, made_by VARCHAR NOT NULL, reason VARCHAR NOT NULL,
        made_at TIMESTAMPTZ NOT NULL, last_date DATE, withdrawn_by VARCHAR,
        withdrawn_reason VARCHAR, withdrawn_at TIMESTAMPTZ""",
    # One row per actor that was erased, as a hash that landing holds new events against.
    "raw.erased_actors": """
        actor_hash VARCHAR NOT NULL, platform VARCHAR NOT NULL, erasure_id BIGINT NOT NULL""",
    # One row per erasure: who asked the warehouse for it, when, and how much went. No identity.
    "raw.erasures": """
        erasure_id BIGINT NOT NULL, erased_by VARCHAR NOT NULL, run_id VARCHAR NOT NULL,
        logical_at TIMESTAMPTZ NOT NULL, erased_at TIMESTAMPTZ NOT NULL,
        actor_count BIGINT NOT NULL, interaction_count BIGINT NOT NULL,
        profile_count BIGINT NOT NULL, dead_letter_count BIGINT NOT NULL""",
    # One row: the contract that the raw tables were last brought in line with.
    "raw.contract": "digest VARCHAR NOT NULL",
    # One row per range of offsets that the broker no longer had when we asked for it.
    "raw.gaps": """
        topic VARCHAR NOT NULL, partition INTEGER NOT NULL, generation INTEGER NOT NULL,
        from_offset BIGINT NOT NULL, to_offset BIGINT, cause VARCHAR NOT NULL,
        detected_at TIMESTAMPTZ NOT NULL, accepted_at TIMESTAMPTZ""",
}
ADDED = {
    "raw.account_register": {"valid_from": "VARCHAR", "import_id": "BIGINT", "imported_on": "DATE"}
}
"""Columns that a warehouse of an earlier release lacks; its rows have null there."""

UNWRITABLE = (duckdb.IOException, duckdb.FatalException, duckdb.TransactionException)
"""What DuckDB says of a file that it can't write, in an insert or as a commit that failed."""


class WarehouseWriteError(AttacheError):
    """The disk is full, or the file can't be written; what was committed before is kept."""


@contextmanager
def open_warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for writing, its schemas and raw tables made where they are missing.

    Raises:
        AttacheError: another process holds the file, or it can't be opened.
        WarehouseWriteError: it can't be written, while it is open or as it is closed.
    """
    settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = duckdb.connect(str(settings.warehouse), config={"threads": settings.threads})
    except duckdb.IOException as error:
        raise AttacheError(
            f"The warehouse can't be opened for writing: {str(error).splitlines()[0]}",
            "One process writes at a time: wait for the running step to end. "
            "Readers use `attache query`, which opens the published file.",
        ) from error
    with _writes_named(), connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET preserve_insertion_order = false")  # else one thread inserts
        # a checkpoint rewrites the last, unfilled part of each table: not after every transaction
        connection.execute("SET checkpoint_threshold = '256MB'")
        _provision(connection)
        _take_out_torn(connection)
        _take_out_half_erased(connection)
        yield connection


def next_id(warehouse: duckdb.DuckDBPyConnection, table: str, column: str) -> int:
    """The number after the highest of a column; 1 in an empty table."""
    row = warehouse.execute(f"SELECT coalesce(max({column}), 0) + 1 FROM {table}").fetchone()
    return int(row[0]) if row else 1


def insert_all(
    warehouse: duckdb.DuckDBPyConnection,
    table: str,
    rows: Sequence[Sequence[object]],
    otherwise: str = "",
) -> None:
    """Put some rows into a table by one statement: to plan one for each takes longer than they do.

    Args:
        otherwise: what to do about a row that is there, as SQL.
    """
    if rows:
        places = ", ".join(f"({', '.join('?' * len(row))})" for row in rows)
        values = [value for row in rows for value in row]
        warehouse.execute(f"INSERT INTO {table} VALUES {places} {otherwise}", values)


@contextmanager
def _writes_named() -> Iterator[None]:
    try:
        yield
    except UNWRITABLE as error:
        raise WarehouseWriteError(
            f"The warehouse can't be written: {str(error).splitlines()[0]}",
            "What was committed is kept, and nothing else. Make room on the disk, then try again.",
        ) from error


def _provision(connection: duckdb.DuckDBPyConnection) -> None:
    """In one transaction: each of its own would wait for the disk."""
    connection.execute("; ".join(["BEGIN", *_statements(), "COMMIT"]))
    follow_contract(connection)


def _event_tables() -> list[str]:
    return [topic_of(event_type).table for event_type in KINDS]


def _take_out_torn(connection: duckdb.DuckDBPyConnection) -> None:
    """Take out rows of which no batch is noted: half of a transaction, left by a kill.

    Rows and their batch commit together, and batches count upwards. But of a process that is killed
    inside a commit DuckDB brings back the row groups that were in the file before it, and nothing
    else (docs/decisions/torn-commits.md). What they hold is landed again.
    """
    following = next_id(connection, "raw.batches", "batch_id")
    torn = 0
    for table in (*_event_tables(), "dead_letters"):
        row = connection.execute(
            f"DELETE FROM raw.{table} WHERE batch_id >= ?", [following]
        ).fetchone()
        torn += int(row[0]) if row else 0
    if torn:
        console.print(
            f"A process was killed while it committed. {torn:,} rows that it left without their "
            "batch are taken out, to be landed again."
        )


def _take_out_half_erased(connection: duckdb.DuckDBPyConnection) -> None:
    """Take out emptied dead letters of records that are rows too: half of an erasure, left so.

    Batches say how many dead letters there are of them, and more there never are otherwise.
    """
    more = connection.execute(
        """SELECT (SELECT count(*) FROM raw.dead_letters)
            > (SELECT coalesce(sum(dead_letter_count), 0) FROM raw.batches)"""
    ).fetchone()
    if more != (True,):
        return
    half = 0
    for table in _event_tables():
        row = connection.execute(
            f"""DELETE FROM raw.dead_letters WHERE reason = {sql_text(ERASED)}
            AND ({COORDINATES}) IN (SELECT ({COORDINATES}) FROM raw.{table})"""
        ).fetchone()
        half += int(row[0]) if row else 0
    console.print(
        f"A process was killed while it erased: of {half:,} records nothing is. Erase again."
    )


def _statements() -> Iterator[str]:
    yield from (f"CREATE SCHEMA IF NOT EXISTS {schema}" for schema in SCHEMAS)
    for table, columns in BOOKKEEPING.items():
        yield f"CREATE TABLE IF NOT EXISTS {table} ({columns})"
    for table, added in ADDED.items():
        for name, kind in added.items():
            yield f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {name} {kind}"
    for event_type in KINDS:
        stored = stored_columns(event_type).items()
        columns = ", ".join(f"{name} {kind}" for name, kind in stored)
        yield f"CREATE TABLE IF NOT EXISTS raw.{topic_of(event_type).table} ({columns})"
