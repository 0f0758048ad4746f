"""What must be equal after a kill and a rerun, and what must hold in any warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

IDS = frozenset({"batch_id", "drain_id"})
"""Numbers of transactions and drains: a killed and repeated run has used up others."""
CLOCK = frozenset({"started_at", "finished_at", "committed_at", "detected_at", "accepted_at"})
"""Read from the wall clock."""
COORDINATES = frozenset(
    {"kafka_topic", "kafka_partition", "kafka_generation", "kafka_offset", "kafka_timestamp"}
)
SUMMED = """SELECT topic, partition, generation, min(first_offset), max(next_offset),
    sum(record_count), sum(row_count), sum(dead_letter_count)
    FROM {base}.raw.batches GROUP BY ALL"""
"""Where one transaction ends and the next begins depends on what a fetch brought."""
SHOWN = 3


def differences(subject: Path, reference: Path) -> list[str]:
    """How a warehouse's raw schema differs from another's; empty where it doesn't, to the row.

    Compared is every table of `raw`, as a bag of rows with all columns but IDS and CLOCK: events
    with their Kafka coordinates, dead letters with their bytes, next offsets, gaps. Of the batches
    their sums by partition; of the drains nothing (a killed one has left its row).
    """
    with _both(subject, reference) as connection:
        tables = _tables(connection)
        found = [f"raw.{name} is in one of them only" for name in _unpaired(tables)]
        for name in sorted(set(tables["subject"]) & set(tables["reference"]) - {"drains"}):
            if name == "batches":
                queries = [SUMMED.format(base=base) for base in ("subject", "reference")]
            else:
                columns = _compared(tables["reference"][name], IDS | CLOCK)
                queries = [
                    f"SELECT {columns} FROM {base}.raw.{name}" for base in ("subject", "reference")
                ]
            found += _unequal(connection, f"raw.{name}", *queries)
    return found


def content_differences(subject: Path, reference: Path, marker: str) -> list[str]:
    """The same for what a producer may send twice: distinct content, without Kafka's coordinates.

    Args:
        marker: what an event's id starts with, and what stands in a dead letter's bytes.
    """
    with _both(subject, reference) as connection:
        found = []
        for name, columns in _tables(connection)["reference"].items():
            if "event_id" in columns:
                chosen = _compared(columns, IDS | CLOCK | COORDINATES)
                where = f"event_id LIKE '{marker}:%'"
            elif name == "dead_letters":
                chosen = "kafka_key, value, reason"
                where = f"contains(value::VARCHAR, '{marker}')"
            else:
                continue
            queries = [
                f"SELECT DISTINCT {chosen} FROM {base}.raw.{name} WHERE {where}"
                for base in ("subject", "reference")
            ]
            found += _unequal(connection, f"raw.{name}", *queries)
    return found


def broken_laws(warehouse: Path) -> list[str]:
    """Conservation, and no coordinates twice, in one warehouse by itself."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        union = " UNION ALL ".join(
            f"SELECT kafka_topic, kafka_partition, kafka_generation, kafka_offset, batch_id, "
            f"{name} AS is_dead FROM raw.{table}"
            for table, name in _landed_tables(connection)
        )
        connection.execute(f"CREATE TEMP VIEW landed AS {union}")
        broken = []
        for law, query in LAWS.items():
            rows = connection.execute(query).fetchmany(SHOWN)
            broken += [f"{law}: {row}" for row in rows]
    return broken


LAWS = {
    "a record is there twice": """
        SELECT kafka_topic, kafka_partition, kafka_generation, kafka_offset, count(*) FROM landed
        GROUP BY ALL HAVING count(*) > 1""",
    "a batch doesn't hold what it says": """
        SELECT b.batch_id, b.topic, b.partition, b.record_count, b.row_count, b.dead_letter_count,
          count(l.is_dead)
        FROM raw.batches AS b LEFT JOIN landed AS l ON l.batch_id = b.batch_id
          AND l.kafka_topic = b.topic AND l.kafka_partition = b.partition
          AND l.kafka_generation = b.generation
          AND l.kafka_offset >= b.first_offset AND l.kafka_offset < b.next_offset
        GROUP BY ALL
        HAVING b.record_count <> b.row_count + b.dead_letter_count
            OR b.row_count <> count(*) FILTER (NOT l.is_dead)
            OR b.dead_letter_count <> count(*) FILTER (l.is_dead)""",
    "a record belongs to no batch": """
        SELECT l.* FROM landed AS l ANTI JOIN raw.batches AS b ON l.batch_id = b.batch_id
          AND l.kafka_topic = b.topic AND l.kafka_partition = b.partition
          AND l.kafka_generation = b.generation
          AND l.kafka_offset >= b.first_offset AND l.kafka_offset < b.next_offset""",
    "offsets were left out or read twice": """
        WITH spans AS (
            SELECT topic, partition, generation, first_offset, next_offset FROM raw.batches
            UNION ALL
            SELECT topic, partition, generation, from_offset, to_offset FROM raw.gaps
            WHERE to_offset IS NOT NULL AND accepted_at IS NOT NULL
        ), ordered AS (
            SELECT *, lag(next_offset) OVER (PARTITION BY topic, partition, generation
                ORDER BY first_offset, next_offset) AS previous FROM spans
        )
        SELECT * FROM ordered WHERE previous <> first_offset""",
    "the next offset is not where the batches end": """
        SELECT o.topic, o.partition, o.next_offset, max(b.next_offset) FROM raw.offsets AS o
        JOIN raw.batches AS b USING (topic, partition, generation)
        GROUP BY ALL HAVING o.next_offset < max(b.next_offset)""",
    "the last drain is not closed": """
        SELECT max_by(drain_id, drain_id) FROM raw.drains
        HAVING max_by(finished_at IS NULL, drain_id)""",
}


@contextmanager
def _both(subject: Path, reference: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, path in (("subject", subject), ("reference", reference)):
            connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        yield connection


def _tables(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, list[str]]]:
    rows = connection.execute(
        "SELECT database_name, table_name, column_name FROM duckdb_columns() "
        "WHERE schema_name = 'raw' ORDER BY column_index"
    ).fetchall()
    tables: dict[str, dict[str, list[str]]] = {"subject": {}, "reference": {}}
    for base, table, column in rows:
        tables[base].setdefault(table, []).append(column)
    return tables


def _unpaired(tables: dict[str, dict[str, list[str]]]) -> list[str]:
    return sorted(set(tables["subject"]) ^ set(tables["reference"]))


def _compared(columns: list[str], without: frozenset[str]) -> str:
    return ", ".join(name for name in columns if name not in without)


def _unequal(
    connection: duckdb.DuckDBPyConnection, table: str, subject: str, reference: str
) -> list[str]:
    found = []
    for word, one, other in (("more", subject, reference), ("missing", reference, subject)):
        rows = connection.execute(f"({one}) EXCEPT ALL ({other})").fetchall()
        if rows:
            found.append(f"{table}: {len(rows)} rows {word}, as {str(rows[0])[:300]}")
    return found


def _landed_tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """The tables that records land in, and whether as dead letters."""
    rows = connection.execute(
        "SELECT DISTINCT table_name FROM duckdb_columns() WHERE schema_name = 'raw' "
        "AND column_name = 'kafka_timestamp' ORDER BY ALL"
    ).fetchall()
    return [(name, str(name == "dead_letters").lower()) for (name,) in rows]
