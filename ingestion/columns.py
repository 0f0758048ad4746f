"""How the raw tables store what the contract says: types, and the kind of compression.

Both are chosen for the insert, of which they are most: docs/decisions/landing-in-bulk.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from ingestion.contracts.layout import data_fields
from ingestion.contracts.topics import topic_of
from ingestion.contracts.validation import sql_text, table_columns

_MANY_VALUES = ("event_id", "interaction_id", "actor_id")
_FEW_VALUES = ("event_source", "platform", "language")
COMPRESSED = {
    **dict.fromkeys(_MANY_VALUES, " USING COMPRESSION fsst"),
    **dict.fromkeys(_FEW_VALUES, " USING COMPRESSION dictionary"),
}
"""Columns whose kind of values is known: to try the others took a quarter of an insert."""


def stored_columns(event_type: str) -> dict[str, str]:
    """Each column of a raw table and how it is stored, as SQL; in their order.

    A text costs as much to insert as five numbers. So one of the choices that the contract names,
    and the topic, of which a table has one, are stored as numbers; they are still written, compared
    and read as texts.
    """
    choices = choices_of(event_type)
    return {
        name: enum_sql(choices[name]) if name in choices else kind + COMPRESSED.get(name, "")
        for name, kind in table_columns(event_type).items()
    }


def choices_of(event_type: str) -> dict[str, tuple[str, ...]]:
    """The columns that hold one of few values, and which these are."""
    choices = {field.name: field.choices for field in data_fields(event_type) if field.choices}
    return {**choices, "kafka_topic": (topic_of(event_type).name,)}


def enum_sql(choices: Iterable[str]) -> str:
    """The type of a column that holds one of these; it sorts as texts do."""
    return f"ENUM({', '.join(map(sql_text, sorted(choices)))})"
