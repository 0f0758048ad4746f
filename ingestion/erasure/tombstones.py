"""Who was erased, as hashes, and how landing and redrive keep them out.

A record of an erased actor becomes a dead letter without key and value: its place in the log stays
accounted for, and nothing else of it. Why: docs/decisions/an-erased-actor-leaves-a-tombstone.md.
"""

from __future__ import annotations

import duckdb
import msgspec

from ingestion.contracts.layout import data_fields
from ingestion.contracts.validation import ERASED, sql_text

NOBODY = "false"
_HASHES = "SELECT actor_hash FROM raw.erased_actors"


class Tombstones(msgspec.Struct, frozen=True):
    """The actors that were erased.

    Attributes:
        platforms: those that they acted on; empty where nobody was erased.
    """

    platforms: tuple[str, ...]

    @classmethod
    def of(cls, warehouse: duckdb.DuckDBPyConnection) -> Tombstones:
        """All that stand in a warehouse."""
        rows = warehouse.execute(
            "SELECT DISTINCT platform FROM raw.erased_actors ORDER BY ALL"
        ).fetchall()
        return cls(tuple(platform for (platform,) in rows))

    def concern_row(self, event_type: str) -> str:
        """SQL over a raw table's columns: whether a row is of an erased actor."""
        keys = actor_keys(event_type)
        if not self.platforms or not keys:
            return NOBODY
        parts = " OR ".join(f"sha256({key}) IN ({_HASHES})" for key in keys)
        return f"coalesce({parts}, false)"

    def concern_bytes(self) -> str:
        """SQL over `key` and `value` of a dead letter: whether it names an erased actor.

        Whatever stands between quotes is held against the hashes, as is the end of the key: bytes
        that broke the contract are read no further than that.
        """
        parts = [
            f"""(contains({BODY}, {sql_text(platform)}) AND list_has_any(
                [sha256({sql_text(platform + ":")} || word) FOR word IN {WORDS}],
                (SELECT list(actor_hash) FROM raw.erased_actors)))"""
            for platform in self.platforms
        ]
        return f"coalesce({' OR '.join(parts)}, false)" if parts else NOBODY

    def blanked(self, dead: str) -> str:
        """A relation of dead letters, without what is in those of erased actors."""
        if not self.platforms:
            return dead
        return f"""(SELECT * EXCLUDE (is_erased) REPLACE (
                if(is_erased, NULL, key) AS key, if(is_erased, NULL, value) AS value,
                if(is_erased, {sql_text(ERASED)}, reason) AS reason,
                if(is_erased, NULL, field) AS field)
            FROM (SELECT *, {self.concern_bytes()} AS is_erased FROM {dead}))"""


BODY = r"""(replace(coalesce(key::VARCHAR, ''), '\x22', '"') || '"'
    || replace(coalesce(value::VARCHAR, ''), '\x22', '"'))"""
"""SQL of key and value as one text: DuckDB writes quotes, and what isn't ASCII, as hex."""
WORDS = f"""list_append(str_split({BODY}, '"'), regexp_replace(key::VARCHAR, '^[^:]*:', ''))"""


def actor_keys(event_type: str) -> list[str]:
    """SQL of the actors' keys, `platform:pseudonym`, that a row of an event type can name."""
    names = {field.name for field in data_fields(event_type)}
    keys = []
    if {"verb", "actor_id"} <= names:
        keys.append("platform || ':' || actor_id")
        keys.append("CASE WHEN object_type = 'account' THEN platform || ':' || object_id END")
    if {"role", "account_id"} <= names:
        keys.append("CASE WHEN role = 'actor' THEN platform || ':' || account_id END")
    return keys
