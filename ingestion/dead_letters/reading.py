"""Looking at dead letters: which there are, what one is, all of them as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from ingestion.contracts.validation import MEANINGS, sql_text
from runtime.errors import AttacheError, WrongUseError
from runtime.settings import Settings

ID = "kafka_topic || '/' || kafka_partition || '/' || kafka_generation || '/' || kafka_offset"
"""SQL of a dead letter's id: the coordinates of its record."""

_FORMATS = {".jsonl": "json", ".ndjson": "json", ".parquet": "parquet"}
_HEAD = f"""{ID} AS id, reason, field, contract_version, kafka_timestamp AS produced_at,
    batch_id, octet_length(value) AS byte_count"""


class ReasonCount(msgspec.Struct, frozen=True):
    """How many dead letters have a reason, and what it means."""

    reason: str
    count: int
    meaning: str


class Head(msgspec.Struct, frozen=True):
    """A dead letter without its bytes.

    Attributes:
        id: topic/partition/generation/offset.
        contract_version: the contract that it was held to.
        byte_count: size of its value; None for a tombstone.
    """

    id: str
    reason: str
    field: str | None
    contract_version: str
    produced_at: datetime | None
    batch_id: int
    byte_count: int | None


class Listing(msgspec.Struct, frozen=True):
    """Dead letters that were asked for: all by reason, and the first of them."""

    total: int
    reasons: list[ReasonCount]
    dead_letters: list[Head]


class DeadLetter(msgspec.Struct, frozen=True):
    """A whole dead letter; in JSON its bytes are base64."""

    head: Head
    meaning: str
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True)
class Selection:
    """Which dead letters are meant; each None or empty part leaves it open.

    Attributes:
        since: produced at this instant or later.
        until: produced before this instant.
        ids: topic/partition/generation/offset of each.
    """

    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    ids: Sequence[str] = ()

    @property
    def condition(self) -> str:
        """SQL over `raw.dead_letters`.

        Raises:
            WrongUseError: there is no such reason, or a text is no id of a dead letter.
        """
        if self.reason is not None and self.reason not in MEANINGS:
            raise WrongUseError(f"{self.reason!r} is no reason.", f"One of: {', '.join(MEANINGS)}.")
        parts = ["true"]
        if self.reason is not None:
            parts.append(f"reason = {sql_text(self.reason)}")
        if self.since is not None:
            parts.append(f"kafka_timestamp >= TIMESTAMPTZ '{self.since.isoformat()}'")
        if self.until is not None:
            parts.append(f"kafka_timestamp < TIMESTAMPTZ '{self.until.isoformat()}'")
        if self.ids:
            parts.append(f"({' OR '.join(_is(text) for text in self.ids)})")
        return " AND ".join(parts)


def list_dead_letters(settings: Settings, selection: Selection, limit: int) -> Listing:
    """Count them by reason, commonest first, and give the first `limit`, in order of the log."""
    with _open(settings) as warehouse:
        reasons = warehouse.execute(
            f"""SELECT reason, count(*) FROM raw.dead_letters WHERE {selection.condition}
            GROUP BY reason ORDER BY count(*) DESC, reason"""
        ).fetchall()
        rows = warehouse.execute(
            f"""SELECT {_HEAD} FROM raw.dead_letters WHERE {selection.condition}
            ORDER BY kafka_topic, kafka_generation, kafka_partition, kafka_offset LIMIT ?""",
            [limit],
        ).fetchall()
    counts = [ReasonCount(name, count, MEANINGS.get(name, "")) for name, count in reasons]
    return Listing(sum(c.count for c in counts), counts, [Head(*row) for row in rows])


def show_dead_letter(settings: Settings, dead_letter_id: str) -> DeadLetter:
    """One of them, whole.

    Raises:
        WrongUseError: there is none with this id.
    """
    condition = Selection(ids=[dead_letter_id]).condition
    with _open(settings) as warehouse:
        row = warehouse.execute(
            f"SELECT kafka_key, value, {_HEAD} FROM raw.dead_letters WHERE {condition}"
        ).fetchone()
    if row is None:
        raise WrongUseError(
            f"There is no dead letter {dead_letter_id}.",
            "`attache dead-letters list` names them; one that was redriven is a row now.",
        )
    head = Head(*row[2:])
    return DeadLetter(head, MEANINGS.get(head.reason, ""), row[0], row[1])


def export_dead_letters(settings: Settings, selection: Selection, file: Path) -> int:
    """Write them to a file that is replaced in one step: JSON lines, or Parquet by its suffix.

    Returns:
        int: how many were written. In JSON, key and value are base64; in Parquet, bytes.
    """
    form = _FORMATS.get(file.suffix)
    if form is None:
        raise WrongUseError(f"{file.name} ends in none of {', '.join(_FORMATS)}.", "Name it so.")
    wrap = "to_base64({})" if form == "json" else "{}"
    columns = f"{_HEAD}, {wrap.format('kafka_key')} AS key, {wrap.format('value')} AS value"
    part = file.with_name(f".{file.name}.part")
    with _open(settings) as warehouse:
        row = warehouse.execute(
            f"""COPY (SELECT {columns} FROM raw.dead_letters WHERE {selection.condition}
            ORDER BY kafka_topic, kafka_generation, kafka_partition, kafka_offset)
            TO {sql_text(str(part))} (FORMAT {form})"""
        ).fetchone()
    part.replace(file)
    return int(row[0]) if row else 0


def _is(dead_letter_id: str) -> str:
    topic, _, rest = dead_letter_id.partition("/")
    numbers = rest.split("/")
    if len(numbers) != 3 or not all(n.isascii() and n.isdigit() for n in numbers):
        raise WrongUseError(
            f"{dead_letter_id!r} is no id of a dead letter.",
            "One is topic/partition/generation/offset: attache.posts.v1/0/0/17.",
        )
    partition, generation, offset = numbers
    return (
        f"(kafka_topic = {sql_text(topic)} AND kafka_partition = {partition} "
        f"AND kafka_generation = {generation} AND kafka_offset = {offset})"
    )


@contextmanager
def _open(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse to read.

    Raises:
        AttacheError: there is none yet, or a step is writing it.
    """
    if not settings.warehouse.exists():
        raise AttacheError("Nothing was landed yet.", "Run `attache land` first.")
    options: dict[str, Any] = {"threads": settings.threads}
    try:
        connection = duckdb.connect(str(settings.warehouse), read_only=True, config=options)
    except duckdb.IOException as error:
        raise AttacheError(
            "The warehouse is being written.", "Wait for the running step to end."
        ) from error
    with connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection
