"""From a published figure back to where it came from: restatements, events, Kafka's offsets.

Figure, restatements and events are read from a published version; where the events' records lay in
Kafka is in the raw schema of the warehouse.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import msgspec

from publication.manifest import Manifest, load_manifest
from publication.publish import attach_read_only
from publication.restatement import FACTS, GRAIN, LEDGER
from runtime.errors import AttacheError, WrongUseError
from runtime.settings import Settings


class Restated(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that changed: the row of `fct_restatement`."""

    measure: str
    old_value: float | None
    new_value: float | None
    cause: str
    was_version: int
    version: int
    run_id: str
    restated_at: datetime


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Interactions of the day of one verb and class; undone ones are in no figure."""

    verb: str
    engagement_class: str
    is_undone: bool
    interaction_count: int


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """Records of one batch and partition that events of the day, or its posts, were landed from.

    Attributes:
        run_id: the run that landed them; None where the batch is a redrive.
        first_offset: of the first of them; between it and `last_offset` are others as well.
    """

    topic: str
    partition: int
    generation: int
    batch_id: int
    run_id: str | None
    first_offset: int
    last_offset: int
    record_count: int


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What a version says of an account's day, and why.

    Attributes:
        figures: every measure; empty where the day has no row, which counts zero.
    """

    fact: str
    account_key: str
    activity_date: date
    version: int
    run_id: str
    logical_at: datetime
    figures: dict[str, Any]
    restatements: list[Restated]
    events: list[Counted]
    records: list[Records]


Row = TypeVar("Row", bound=msgspec.Struct)


def explain(
    settings: Settings, fact: str, account: str, day: date, version: int | None = None
) -> Explanation:
    """Explain a figure.

    Args:
        fact: `fct_engagement_daily`.
        account: its key, `weibo:canadaweibo`.
        version: a kept one; the served one where None.

    Raises:
        WrongUseError: there is no such fact, account or kept version.
    """
    if fact not in FACTS:
        raise WrongUseError(f"{fact} can't be explained.", f"These can: {', '.join(FACTS)}.")
    manifest = _manifest(settings, version)
    with _opened(settings, manifest) as database:
        _know_account(database, account)
        key = [account, day]
        return Explanation(
            fact=fact,
            account_key=account,
            activity_date=day,
            version=manifest.version,
            run_id=manifest.run_id,
            logical_at=manifest.logical_at,
            figures=_figures(database, fact, key),
            restatements=_restatements(database, [fact, *key]),
            events=_rows(
                database,
                Counted,
                """SELECT verb, engagement_class, is_undone, count(*) AS interaction_count
                FROM version.marts.fct_interaction WHERE account_key = ? AND activity_date = ?
                GROUP BY ALL ORDER BY ALL""",
                key,
            ),
            records=_rows(database, Records, RECORDS, [*key, *key]),
        )


RECORDS = """
    WITH acted AS (
        SELECT platform, verb, interaction_id FROM version.marts.fct_interaction
        WHERE account_key = ? AND activity_date = ?),
    posted AS (
        SELECT platform, post_id FROM version.marts.fct_post
        WHERE account_key = ? AND publication_date = ?),
    records AS (
        SELECT kafka_topic, kafka_partition, kafka_generation, kafka_offset, batch_id
        FROM warehouse.raw.interactions SEMI JOIN acted USING (platform, verb, interaction_id)
        UNION ALL
        SELECT kafka_topic, kafka_partition, kafka_generation, kafka_offset, batch_id
        FROM warehouse.raw.posts SEMI JOIN posted USING (platform, post_id)),
    runs AS (SELECT DISTINCT batch_id, run_id FROM version.ops.ops_batches)
    SELECT
        kafka_topic AS topic, kafka_partition AS "partition", kafka_generation AS generation,
        batch_id, run_id, min(kafka_offset) AS first_offset, max(kafka_offset) AS last_offset,
        count(*) AS record_count
    FROM records LEFT JOIN runs USING (batch_id)
    -- what was landed after the version was built is not in it
    WHERE batch_id <= (
        SELECT last_batch_id FROM version.ops.ops_builds ORDER BY build_id DESC LIMIT 1)
    GROUP BY ALL ORDER BY ALL"""


def _manifest(settings: Settings, version: int | None) -> Manifest:
    """What a kept version says of itself."""
    served = load_manifest(settings)
    if served is None:
        raise AttacheError(
            "Nothing has been published yet.",
            "Run `attache land`, `build`, `check` and `publish`, or `attache demo`.",
        )
    if version is None or version == served.version:
        return served
    versions = settings.published / "versions"
    path = versions / f"v{version:06d}.json"
    if not path.exists() or version > served.version:
        kept = sorted(int(p.stem[1:]) for p in versions.glob("v*.json"))
        numbers = ", ".join(str(number) for number in kept if number <= served.version)
        raise WrongUseError(
            f"Version {version} is not kept.",
            f"These are: {numbers}. The restatements lead back to figures of earlier ones.",
        )
    return msgspec.json.decode(path.read_bytes(), type=Manifest)


@contextmanager
def _opened(settings: Settings, manifest: Manifest) -> Iterator[duckdb.DuckDBPyConnection]:
    """A version and the warehouse, both read only."""
    path: Path = settings.published / "versions" / manifest.file
    with duckdb.connect(config={"threads": settings.threads}) as database:
        database.execute("SET TimeZone = 'UTC'")
        attach_read_only(database, path, "version")
        attach_read_only(database, settings.warehouse, "warehouse")
        yield database


def _know_account(database: duckdb.DuckDBPyConnection, account: str) -> None:
    rows = database.execute("SELECT account_key FROM version.marts.dim_account").fetchall()
    known = sorted(key for (key,) in rows)
    if account not in known:
        near = get_close_matches(account, known, n=3) or known[:3]
        raise WrongUseError(
            f"No official account has the key {account}.",
            f"Keys are like {', '.join(near)}: platform, colon, the platform's id."
            if near
            else "The version has no accounts.",
        )


def _figures(database: duckdb.DuckDBPyConnection, fact: str, key: list[Any]) -> dict[str, Any]:
    cursor = database.execute(
        f"""SELECT * EXCLUDE (account_key, platform, account_id, activity_date)
        FROM version.marts.{fact} WHERE ({", ".join(GRAIN)}) = (?, ?)""",
        key,
    )
    names = [column[0] for column in cursor.description or []]
    row = cursor.fetchone()
    return dict(zip(names, row, strict=True)) if row else {}


def _restatements(database: duckdb.DuckDBPyConnection, key: list[Any]) -> list[Restated]:
    try:
        return _rows(
            database,
            Restated,
            f"""SELECT * EXCLUDE (fact, account_key, activity_date) FROM version.{LEDGER}
            WHERE fact = ? AND account_key = ? AND activity_date = ?
            ORDER BY version, measure""",
            key,
        )
    except duckdb.CatalogException:  # a version of an earlier release kept no restatements
        return []


def _rows(
    database: duckdb.DuckDBPyConnection, kind: type[Row], sql: str, values: Sequence[Any]
) -> list[Row]:
    cursor = database.execute(sql, values)
    names = [column[0] for column in cursor.description or []]
    return [kind(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
