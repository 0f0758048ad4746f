"""The raw tables follow the contract: an added optional field gets its column, and its past.

Before the change, the field landed in `extra`. When the warehouse is first opened with a contract
that knows it, the column is added and those rows are judged again, as events made of what they
hold. The value moves into its column where the contract takes the row; else it stays in `extra`.
"""

from __future__ import annotations

import hashlib

import duckdb
import msgspec

from ingestion.columns import choices_of, enum_sql, stored_columns
from ingestion.contracts.events import KINDS
from ingestion.contracts.layout import Field, data_fields
from ingestion.contracts.topics import topic_of
from ingestion.contracts.validation import judged_sql, sql_text

COORDINATES = ("kafka_topic", "kafka_partition", "kafka_generation", "kafka_offset")
_ISO = "'%Y-%m-%dT%H:%M:%S.%fZ'"


def follow_contract(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring the raw tables in line with the contract, once for each change of it.

    An older release that opens the file in between notes its own contract, so the newer one looks
    again at what the older one landed. Killed half way, the next opening starts over.
    """
    digest = _contract_digest()
    if connection.execute("SELECT digest FROM raw.contract").fetchall() == [(digest,)]:
        return
    for event_type in KINDS:
        table = f"raw.{topic_of(event_type).table}"
        for name, kind in stored_columns(event_type).items():
            connection.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {name} {kind}")
        _add_choices(connection, event_type)
    connection.begin()
    try:
        for event_type in KINDS:
            _take_from_extra(connection, event_type)
        connection.execute("DELETE FROM raw.contract")
        connection.execute("INSERT INTO raw.contract VALUES (?)", [digest])
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def _add_choices(connection: duckdb.DuckDBPyConnection, event_type: str) -> None:
    """Let each column of few values hold those of this contract too; none is ever taken away.

    A warehouse of an earlier release stores them as texts, which hold any.
    """
    table = topic_of(event_type).table
    stored = connection.execute(
        """SELECT column_name, data_type FROM duckdb_columns()
        WHERE schema_name = 'raw' AND table_name = ? AND data_type LIKE 'ENUM(%'""",
        [table],
    ).fetchall()
    choices = choices_of(event_type)
    for name, kind in stored:
        (held,) = connection.execute(f"SELECT enum_range(NULL::{kind})").fetchall()[0]
        if not set(choices.get(name, ())) <= set(held):
            wanted = enum_sql({*held, *choices[name]})
            connection.execute(f"ALTER TABLE raw.{table} ALTER {name} TYPE {wanted}")


def _contract_digest() -> str:
    known = {
        event_type: [topic_of(event_type).name, *map(str, data_fields(event_type))]
        for event_type in KINDS
    }
    return hashlib.sha256(msgspec.json.encode(known)).hexdigest()[:16]


def _take_from_extra(connection: duckdb.DuckDBPyConnection, event_type: str) -> None:
    """Move values of known fields from `extra` into their columns, where the row stays good."""
    table = f"raw.{topic_of(event_type).table}"
    names = [field.name for field in data_fields(event_type)]
    known = ", ".join(sql_text(name) for name in names)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE former AS
        SELECT {", ".join(COORDINATES)}, 'former'::BLOB AS key,
               encode({_event(event_type)}) AS value
        FROM {table}
        WHERE extra IS NOT NULL AND len(list_intersect(json_keys(extra), [{known}])) > 0"""
    )
    if connection.execute("FROM former LIMIT 1").fetchone() is None:
        return
    values = ", ".join(f"{name} = judged.{name}" for name in (*names, "extra"))
    same = " AND ".join(f"held.{name} = judged.{name}" for name in COORDINATES)
    connection.execute(
        f"""UPDATE {table} AS held SET {values}
        FROM ({judged_sql(event_type, "former")}) AS judged WHERE fault IS NULL AND {same}"""
    )


def _event(event_type: str) -> str:
    """SQL of a row as the event that it was: its columns, without nulls, and `extra`."""
    parts = ", ".join(
        f"{sql_text(field.name)}, {_json_value(field)}" for field in data_fields(event_type)
    )
    data = f"json_merge_patch('{{}}', json_object({parts}))::VARCHAR"
    head = f"""json_object('specversion', '1.0', 'type', {sql_text(event_type)},
        'id', event_id, 'source', event_source, 'time', strftime(event_time, {_ISO}))::VARCHAR"""
    return f"""left({head}, -1) || ',"data":' || left({data}, -1) || ','
        || substr(extra::VARCHAR, 2) || '}}'"""


def _json_value(field: Field) -> str:
    return f"strftime({field.name}, {_ISO})" if field.shape == "instant" else field.name
