"""What was judged, without what erased actors did: that becomes dead letters of which nothing is.

It is done beside the transaction before, so rows that fill a row group can go straight into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import duckdb
import pyarrow as pa

from ingestion.contracts.topics import load_topics
from ingestion.contracts.validation import ERASED, sql_text
from ingestion.erasure.tombstones import NOBODY, Tombstones
from ingestion.judging import ARROW_ROWS, JudgedBatch, Verdicts


def set_aside(
    warehouse: duckdb.DuckDBPyConnection, batches: Iterable[JudgedBatch]
) -> Iterator[JudgedBatch]:
    """The same batches; where nobody was erased, as they are.

    Args:
        warehouse: may be writing meanwhile; a connection of its own is made.
    """
    if not Tombstones.of(warehouse).platforms:
        return iter(batches)
    return map(_Aside(warehouse.cursor()).blanked, batches)


_DEAD = "kafka_partition, kafka_offset, kafka_timestamp, key, value, reason, field"
_BLANK = f"""kafka_partition, kafka_offset, kafka_timestamp, NULL::BLOB AS key,
    NULL::BLOB AS value, {sql_text(ERASED)} AS reason, NULL::VARCHAR AS field"""


class _Aside:
    def __init__(self, warehouse: duckdb.DuckDBPyConnection) -> None:
        self._warehouse = warehouse
        self._tombstones = Tombstones.of(warehouse)
        self._event_types = {topic.name: topic.event_type for topic in load_topics()}

    def blanked(self, batch: JudgedBatch) -> JudgedBatch:
        verdicts = {
            topic: self._blanked(self._event_types[topic], found)
            for topic, found in batch.verdicts.items()
        }
        return replace(batch, verdicts=verdicts)

    def _blanked(self, event_type: str, found: Verdicts) -> Verdicts:
        dead = []
        if found.dead is not None:
            dead.append(
                self._asked(f"SELECT {_DEAD} FROM {self._tombstones.blanked('judged')}", found.dead)
            )
        rows = []
        is_erased = self._tombstones.concern_row(event_type)
        for table in found.rows:
            if is_erased == NOBODY or not self._holds_any(is_erased, table):
                rows.append(table)
                continue
            kept = self._asked(f"FROM judged WHERE NOT {is_erased}", table)
            rows.append(kept.combine_chunks().cast(table.schema))  # one piece, as it was
            dead.append(self._asked(f"SELECT {_BLANK} FROM judged WHERE {is_erased}", table))
        return Verdicts(rows, pa.concat_tables(dead) if dead else None)

    def _holds_any(self, condition: str, table: pa.Table) -> bool:
        (count,) = self._asked(f"SELECT count(*) AS n FROM judged WHERE {condition}", table)["n"]
        return bool(count.as_py())

    def _asked(self, sql: str, judged: pa.Table) -> pa.Table:
        self._warehouse.register("judged", judged)
        try:
            return self._warehouse.execute(sql).to_arrow_table(ARROW_ROWS)
        finally:
            self._warehouse.unregister("judged")
