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
from publication.restatement import FACTS, LEDGER, Fact
from publication.version_file import attach_read_only, built_erasures
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
    """What a version says of a day of an account or a post, and why.

    Attributes:
        key: of the account or the post.
        figures: every measure; empty where the day has no row, which counts zero.
        is_without_erased: actors were erased after the version was published. Its figures are those
            that were published; events and records of theirs are gone.
    """

    fact: str
    key: str
    day: date
    version: int
    run_id: str
    logical_at: datetime
    figures: dict[str, Any]
    restatements: list[Restated]
    events: list[Counted]
    records: list[Records]
    is_without_erased: bool


Row = TypeVar("Row", bound=msgspec.Struct)


def explain(
    settings: Settings, fact: str, key: str, day: date, version: int | None = None
) -> Explanation:
    """Explain a figure.

    Args:
        fact: one of `FACTS`.
        key: of its account, `weibo:canadaweibo`, or of its post.
        version: a kept one; the served one where None.

    Raises:
        WrongUseError: there is no such fact, account, post or kept version.
    """
    if fact not in FACTS:
        raise WrongUseError(f"{fact} can't be explained.", f"These can: {', '.join(FACTS)}.")
    grain = FACTS[fact]
    manifest = _manifest(settings, version)
    with _opened(settings, manifest) as database:
        _know(database, grain, key)
        return Explanation(
            fact=fact,
            key=key,
            day=day,
            version=manifest.version,
            run_id=manifest.run_id,
            logical_at=manifest.logical_at,
            figures=_figures(database, fact, [key, day]),
            restatements=_restatements(database, grain, [fact, key, day]),
            events=_events(database, grain, [key, day]),
            records=_rows(database, Records, _records(fact, grain), {"key": key, "day": day}),
            is_without_erased=built_erasures(database, "version") < manifest.erasures,
        )


def _events(database: duckdb.DuckDBPyConnection, grain: Fact, key: list[Any]) -> list[Counted]:
    """What is counted in the day; profiles are observed, not counted."""
    if not grain.is_counted:
        return []
    return _rows(
        database,
        Counted,
        f"""SELECT verb, engagement_class, is_undone, count(*) AS interaction_count
        FROM version.marts.fct_interaction WHERE {grain.key} = ? AND {_acted_on(grain)} = ?
        GROUP BY ALL ORDER BY ALL""",
        key,
    )


def _records(fact: str, grain: Fact) -> str:
    """The records of the events that a day's figures come from."""
    sources = {
        "interactions": (
            f"""SELECT platform, verb, interaction_id FROM version.marts.fct_interaction
            WHERE {grain.key} = $key AND {_acted_on(grain)} = $day""",
            "platform, verb, interaction_id",
        ),
        "posts": (
            f"""SELECT platform, post_id FROM version.marts.fct_post
            WHERE {grain.key} = $key AND publication_date = $day""",
            "platform, post_id",
        ),
    }
    if grain.is_whole_post:
        sources["counters"] = sources["posts"]
    if not grain.is_counted:
        observed = f"""SELECT platform, account_id, observed_at FROM version.marts.{fact}
            WHERE {grain.key} = $key AND {grain.day} = $day"""
        sources = {"accounts": (observed, "platform, account_id, observed_at")}
    records = " UNION ALL ".join(
        f"""SELECT kafka_topic, kafka_partition, kafka_generation, kafka_offset, batch_id
        FROM warehouse.raw.{table} SEMI JOIN ({found}) USING ({columns})"""
        for table, (found, columns) in sources.items()
    )
    return f"WITH records AS ({records}), {RUNS}"


def _acted_on(grain: Fact) -> str:
    """The column of an interaction by which it is among a day's figures."""
    return "publication_date" if grain.is_whole_post else "activity_date"


RUNS = """
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


def _know(database: duckdb.DuckDBPyConnection, grain: Fact, key: str) -> None:
    """Raise where a version has no account, or post, of a key."""
    rows = database.execute(f"SELECT {grain.key} FROM version.marts.{grain.known}").fetchall()
    known = sorted(found for (found,) in rows)
    if key not in known:
        what = "official account" if grain.key == "account_key" else "post"
        near = get_close_matches(key, known, n=3) or known[:3]
        raise WrongUseError(
            f"No {what} has the key {key}.",
            f"Keys are like {', '.join(near)}: platform, colon, the platform's id."
            if near
            else f"The version has no {what}s.",
        )


def _figures(database: duckdb.DuckDBPyConnection, fact: str, key: list[Any]) -> dict[str, Any]:
    grain = FACTS[fact]
    cursor = database.execute(
        f"""SELECT COLUMNS(c -> c NOT IN ('account_key', 'platform', 'account_id', 'post_key',
            '{grain.day}')) FROM version.marts.{fact} WHERE ({grain.key}, {grain.day}) = (?, ?)""",
        key,
    )
    names = [column[0] for column in cursor.description or []]
    row = cursor.fetchone()
    return dict(zip(names, row, strict=True)) if row else {}


def _restatements(
    database: duckdb.DuckDBPyConnection, grain: Fact, key: list[Any]
) -> list[Restated]:
    try:
        return _rows(
            database,
            Restated,
            f"""SELECT {", ".join(Restated.__struct_fields__)} FROM version.{LEDGER}
            WHERE fact = ? AND {grain.key} = ? AND activity_date = ?
            ORDER BY version, measure""",
            key,
        )
    except duckdb.Error:  # a version of an earlier release kept none, or none of posts
        return []


def _rows(
    database: duckdb.DuckDBPyConnection,
    kind: type[Row],
    sql: str,
    values: Sequence[Any] | dict[str, Any],
) -> list[Row]:
    cursor = database.execute(sql, values)
    names = [column[0] for column in cursor.description or []]
    return [kind(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
