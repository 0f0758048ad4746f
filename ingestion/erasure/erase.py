"""A person's right to erasure: their records go, and whatever comes of them later stays out.

One transaction: rows become dead letters without key and value, in the batch that read them, so
that records read = rows + dead letters holds as before. What was made of them goes with the next
build, the kept versions with the next publication.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import msgspec

from ingestion.contracts.topics import Topic, load_topics
from ingestion.contracts.validation import ERASED, sql_text
from ingestion.erasure.tombstones import BODY, NOBODY, WORDS, Tombstones
from ingestion.warehouse import next_id, open_warehouse
from runtime.clock import now
from runtime.errors import AttacheError, WrongUseError
from runtime.run import Run
from runtime.settings import Settings

DERIVED = ("staging", "intermediate", "marts", "reporting")


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to be erased.

    Attributes:
        platform: where they act.
        pseudonym: under which they are known here.
        raw_id: the platform's own id of them, for dead letters that should not have it; None where
            it isn't known.
    """

    platform: str
    pseudonym: str
    raw_id: str | None = None

    @property
    def key(self) -> str:
        """`dim_actor.actor_key`."""
        return f"{self.platform}:{self.pseudonym}"


class EraseReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure took out, or would; no identity is in it.

    Attributes:
        erasure_id: its number in `raw.erasures`; None where nothing was changed.
        actors: how many are newly erased; those that were before are not counted.
        raw_rows: rows of each raw table that go.
        derived_rows: rows of each built table that name them, gone with the next build.
    """

    erasure_id: int | None
    run_id: str
    is_dry_run: bool
    actors: int
    raw_rows: dict[str, int]
    derived_rows: dict[str, int]


def erase(
    settings: Settings, run: Run, subjects: Sequence[Subject], erased_by: str, dry_run: bool
) -> EraseReport:
    """Erase actors: all of what is theirs in one transaction, or nothing.

    Args:
        erased_by: the name of who runs it; it stays on record.
        dry_run: count what would go, and change nothing.

    Raises:
        WrongUseError: one of them is an official account, or nobody is named.
        AttacheError: another process holds the warehouse.
    """
    erased_by = " ".join(erased_by.split())
    if sum(letter.isalpha() for letter in erased_by) < 2:
        raise WrongUseError(f"{erased_by!r} names nobody.", "Give --by the name of who erases.")
    if not settings.warehouse.exists():
        raise AttacheError("Nothing was landed yet.", "Run `attache land` first.")
    with open_warehouse(settings) as warehouse:
        warehouse.begin()
        try:
            report = _erase(warehouse, run, subjects, erased_by)
            if dry_run or not report.actors:
                warehouse.rollback()
                return msgspec.structs.replace(report, erasure_id=None, is_dry_run=dry_run)
            warehouse.commit()
        except BaseException:
            warehouse.rollback()
            raise
        return report


def _erase(
    warehouse: duckdb.DuckDBPyConnection, run: Run, subjects: Sequence[Subject], erased_by: str
) -> EraseReport:
    _refuse_official(warehouse, subjects)
    erasure_id = next_id(warehouse, "raw.erasures", "erasure_id")
    derived = _derived_rows(warehouse, [subject.key for subject in subjects])
    actors = _bury(warehouse, subjects, erasure_id)
    found = {f"raw.{t.table}": _blank_rows(warehouse, t) for t in load_topics()}
    found["raw.dead_letters"] = _blank_dead_letters(warehouse, subjects)
    found = {table: count for table, count in found.items() if count}
    people, profiles = found.get("raw.interactions", 0), found.get("raw.accounts", 0)
    warehouse.execute(
        "INSERT INTO raw.erasures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(erasure_id, erased_by, run.run_id, run.logical_at, now(), actors),
            *(people, profiles, found.get("raw.dead_letters", 0)),
        ],
    )
    return EraseReport(
        erasure_id=erasure_id,
        run_id=run.run_id,
        is_dry_run=False,
        actors=actors,
        raw_rows=found,
        derived_rows=derived,
    )


def _refuse_official(warehouse: duckdb.DuckDBPyConnection, subjects: Sequence[Subject]) -> None:
    """An official account is public, and stays so under the pseudonym that it states as its own."""
    rows = warehouse.execute(
        """SELECT platform || ':' || account_id, platform || ':' || actor_id
        FROM raw.accounts WHERE role <> 'actor'"""
    ).fetchall()
    accounts = {key: account for account, actor in rows for key in (account, actor)}
    for subject in subjects:
        if subject.key in accounts:
            raise WrongUseError(
                f"{subject.key} is how the official account {accounts[subject.key]} acts.",
                "Only persons are erased. What an official account does is public.",
            )


def _bury(
    warehouse: duckdb.DuckDBPyConnection, subjects: Sequence[Subject], erasure_id: int
) -> int:
    """Set their tombstones. Returns how many there were none of."""
    before = warehouse.execute("SELECT count(*) FROM raw.erased_actors").fetchone() or (0,)
    warehouse.executemany(
        """INSERT INTO raw.erased_actors
        SELECT sha256($key), $platform, $erasure
        WHERE sha256($key) NOT IN (SELECT actor_hash FROM raw.erased_actors)""",
        [{"key": s.key, "platform": s.platform, "erasure": erasure_id} for s in subjects],
    )
    after = warehouse.execute("SELECT count(*) FROM raw.erased_actors").fetchone() or (0,)
    return int(after[0] - before[0])


def _blank_rows(warehouse: duckdb.DuckDBPyConnection, topic: Topic) -> int:
    """Let the rows of a topic that are of erased actors become dead letters of their batches."""
    is_erased = Tombstones.of(warehouse).concern_row(topic.event_type)
    if is_erased == NOBODY:
        return 0
    warehouse.execute(
        f"""CREATE OR REPLACE TEMP TABLE moved AS
        SELECT batch_id, kafka_topic AS topic, kafka_partition AS "partition", count(*) AS n
        FROM raw.{topic.table} WHERE {is_erased} GROUP BY ALL"""
    )
    warehouse.execute(
        f"""INSERT INTO raw.dead_letters
        SELECT kafka_topic, kafka_partition, kafka_generation, kafka_offset, kafka_timestamp,
            NULL, NULL, {sql_text(ERASED)}, NULL, {sql_text(topic.event_type)}, batch_id
        FROM raw.{topic.table} WHERE {is_erased}"""
    )
    warehouse.execute(
        """UPDATE raw.batches AS batches SET row_count = row_count - moved.n,
            dead_letter_count = dead_letter_count + moved.n
        FROM moved WHERE batches.batch_id = moved.batch_id
            AND batches.topic = moved.topic AND batches."partition" = moved."partition" """
    )
    row = warehouse.execute(f"DELETE FROM raw.{topic.table} WHERE {is_erased}").fetchone()
    return int(row[0]) if row else 0


def _blank_dead_letters(warehouse: duckdb.DuckDBPyConnection, subjects: Sequence[Subject]) -> int:
    """Empty the dead letters that name them, by pseudonym or by the platform's own id."""
    is_named = " OR ".join(
        [f"({Tombstones.of(warehouse).concern_bytes()})"]
        + [_names_raw_id(s.platform, s.raw_id) for s in subjects if s.raw_id is not None]
    )
    row = warehouse.execute(
        f"""UPDATE raw.dead_letters SET kafka_key = NULL, value = NULL, field = NULL,
            reason = {sql_text(ERASED)}
        WHERE reason <> {sql_text(ERASED)} AND (
            SELECT {is_named} FROM (SELECT kafka_key AS key, dead_letters.value AS value))"""
    ).fetchone()
    return int(row[0]) if row else 0


def _names_raw_id(platform: str, raw_id: str) -> str:
    """SQL: between quotes, or as the number that some field with `id` in its name is."""
    digits = rf"""'id"\s*:\s*{raw_id}\s*[,}}\]]'"""
    as_number = f" OR regexp_matches({BODY}, {digits})" if raw_id.isdigit() else ""
    named = f"list_contains({WORDS}, {sql_text(raw_id)}){as_number}"
    return f"(contains({BODY}, {sql_text(platform)}) AND coalesce({named}, false))"


def _derived_rows(warehouse: duckdb.DuckDBPyConnection, keys: Sequence[str]) -> dict[str, int]:
    """Rows of the built tables that have one of the actors' keys."""
    tables = warehouse.execute(
        """SELECT schema_name || '.' || table_name FROM duckdb_columns()
        SEMI JOIN duckdb_tables() USING (schema_name, table_name)
        WHERE column_name = 'actor_key' AND list_contains(?, schema_name) ORDER BY ALL""",
        [list(DERIVED)],
    ).fetchall()
    counts = {}
    for (table,) in tables:
        row = warehouse.execute(
            f"SELECT count(*) FROM {table} WHERE list_contains(?, actor_key)", [list(keys)]
        ).fetchone()
        counts[table] = int(row[0]) if row else 0
    return {table: count for table, count in counts.items() if count}
