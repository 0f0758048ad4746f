"""What was judged, without what erased actors did: that becomes dead letters of which nothing is.

It is done beside the transaction before, so rows that fill a row group can go straight into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import duckdb
import pyarrow as pa

from ingestion.contracts.topics import topic_named
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
    tombstones = Tombstones.of(warehouse)
    if not tombstones.platforms:
        return iter(batches)
    return map(_Aside(warehouse.cursor(), tombstones).blanked, batches)


_BLANK = f"""kafka_partition, kafka_offset, kafka_timestamp, NULL::BLOB AS key,
    NULL::BLOB AS value, {sql_text(ERASED)} AS reason, NULL::VARCHAR AS field"""


class _Aside:
    def __init__(self, warehouse: duckdb.DuckDBPyConnection, tombstones: Tombstones) -> None:
        self._warehouse = warehouse
        self._tombstones = tombstones

    def blanked(self, batch: JudgedBatch) -> JudgedBatch:
        verdicts = {
            name: self._blanked(topic_named(name).event_type, found)
            for name, found in batch.verdicts.items()
        }
        return replace(batch, verdicts=verdicts)

    def _blanked(self, event_type: str, found: Verdicts) -> Verdicts:
        rows, dead = [], []
        if found.dead is not None:
            dead.append(self._asked(f"FROM {self._tombstones.blanked('judged')}", found.dead))
        is_erased = self._tombstones.concern_row(event_type)
        for table in found.rows:
            if is_erased != NOBODY:
                theirs = self._asked(f"SELECT {_BLANK} FROM judged WHERE {is_erased}", table)
                if theirs.num_rows:
                    kept = self._asked(f"FROM judged WHERE NOT {is_erased}", table)
                    table = kept.combine_chunks().cast(table.schema)  # one piece, as it was
                    dead.append(theirs)
            rows.append(table)
        return Verdicts(rows, pa.concat_tables(dead) if dead else None)

    def _asked(self, sql: str, judged: pa.Table) -> pa.Table:
        self._warehouse.register("judged", judged)
        try:
            return self._warehouse.execute(sql).to_arrow_table(ARROW_ROWS)
        finally:
            self._warehouse.unregister("judged")
