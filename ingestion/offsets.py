"""Where each partition's landing stands, and what the broker no longer has of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb
from kafka import TopicPartition

from ingestion.extents import Extent
from ingestion.warehouse import insert_all
from runtime.errors import AttacheError


class DataGoneError(AttacheError):
    """Records that were never landed are gone: by retention, or with a topic made anew."""


@dataclass(frozen=True)
class Position:
    """Where a partition's landing stands.

    Attributes:
        generation: 0, and one more each time the topic was deleted and made anew.
    """

    topic_id: str
    generation: int
    next_offset: int


@dataclass(frozen=True)
class Gap:
    """Offsets that are gone. `to_offset` is None where the old topic's end can't be known."""

    partition: TopicPartition
    generation: int
    from_offset: int
    to_offset: int | None
    cause: str

    def __str__(self) -> str:
        where = f"{self.partition.topic}/{self.partition.partition}"
        if self.to_offset is None:
            return f"{where} from offset {self.from_offset}: {self.cause}"
        lost = self.to_offset - self.from_offset
        return f"{where} offsets {self.from_offset} to {self.to_offset - 1} ({lost}): {self.cause}"


def load_positions(warehouse: duckdb.DuckDBPyConnection) -> dict[TopicPartition, Position]:
    """The stored position of every partition that was ever landed."""
    rows = warehouse.execute(
        "SELECT topic, partition, topic_id, generation, next_offset FROM raw.offsets"
    ).fetchall()
    return {TopicPartition(topic, number): Position(*rest) for topic, number, *rest in rows}


def check_gaps(
    warehouse: duckdb.DuckDBPyConnection,
    extents: Mapping[TopicPartition, Extent],
    detected_at: datetime,
    accept: bool,
) -> dict[TopicPartition, Position]:
    """Where to start each partition, with every gap put on record.

    Raises:
        DataGoneError: there are gaps and they were not accepted; they stay on record, so the gate
            is closed until they are.
    """
    stored = load_positions(warehouse)
    gaps = [gap for p, extent in extents.items() if (gap := _gap(p, stored.get(p), extent))]
    gaps += _vanished(warehouse, stored, extents)
    warehouse.begin()
    for gap in gaps:
        _record(warehouse, gap, detected_at)
    if gaps and not accept:
        warehouse.commit()
        listed = "\n".join(f"  {gap}" for gap in gaps)
        raise DataGoneError(
            f"Records that were never landed are gone from the broker:\n{listed}",
            "Bring them back from their source (`attache replay …`), then "
            "`attache land --accept-gaps` goes on from what is left. The gap stays on record.",
        )
    if accept:
        warehouse.execute(
            "UPDATE raw.gaps SET accepted_at = ? WHERE accepted_at IS NULL", [detected_at]
        )
    positions = {p: _start(stored.get(p), extent) for p, extent in extents.items()}
    _store(warehouse, positions)
    warehouse.commit()
    return positions


def _gap(partition: TopicPartition, stored: Position | None, extent: Extent) -> Gap | None:
    if stored is None:
        return None
    generation, following = stored.generation, stored.next_offset
    if stored.topic_id != extent.topic_id:
        cause = "the topic was deleted and made anew"
        return Gap(partition, generation, following, None, cause)
    if following > extent.end:
        cause = "the broker's log ends before what was landed"
        return Gap(partition, generation, following, None, cause)
    if following < extent.begin:
        return Gap(partition, generation, following, extent.begin, "deleted before it was landed")
    return None


def _vanished(
    warehouse: duckdb.DuckDBPyConnection,
    stored: Mapping[TopicPartition, Position],
    extents: Mapping[TopicPartition, Extent],
) -> list[Gap]:
    """Partitions that a topic had and has no more: it was made anew with fewer of them."""
    rows = warehouse.execute(
        "SELECT topic, partition, generation, from_offset FROM raw.gaps "
        "WHERE accepted_at IS NOT NULL"
    ).fetchall()
    accepted = {tuple(row) for row in rows}
    topics = {partition.topic for partition in extents}
    return [
        Gap(partition, at.generation, at.next_offset, None, "the partition is no longer there")
        for partition, at in stored.items()
        if partition not in extents
        and partition.topic in topics
        and (*partition, at.generation, at.next_offset) not in accepted
    ]


def _start(stored: Position | None, extent: Extent) -> Position:
    if stored is None:
        return Position(extent.topic_id, 0, extent.begin)
    if stored.topic_id != extent.topic_id or stored.next_offset > extent.end:
        return Position(extent.topic_id, stored.generation + 1, extent.begin)
    return Position(extent.topic_id, stored.generation, max(stored.next_offset, extent.begin))


def _record(warehouse: duckdb.DuckDBPyConnection, gap: Gap, detected_at: datetime) -> None:
    """Put a gap on record once, however often it is seen."""
    key = [gap.partition.topic, gap.partition.partition, gap.generation, gap.from_offset]
    warehouse.execute(
        """DELETE FROM raw.gaps WHERE topic = ? AND partition = ? AND generation = ?
           AND from_offset = ? AND accepted_at IS NULL""",
        key,
    )
    warehouse.execute(
        "INSERT INTO raw.gaps VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
        [*key, gap.to_offset, gap.cause, detected_at],
    )


def _store(
    warehouse: duckdb.DuckDBPyConnection, positions: Mapping[TopicPartition, Position]
) -> None:
    insert_all(
        warehouse,
        "raw.offsets",
        [(*p, at.generation, at.topic_id, at.next_offset, None) for p, at in positions.items()],
        """ON CONFLICT DO UPDATE SET generation = excluded.generation,
           topic_id = excluded.topic_id, next_offset = excluded.next_offset""",
    )
