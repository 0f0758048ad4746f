"""Where everything stands: the broker's log against the warehouse, and what is published."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb
import msgspec

from attache.alarms import Alarm, recent
from ingestion.broker.bootstrap import running_servers
from ingestion.drain import Extent, open_consumer, read_extents
from publication.manifest import Manifest, load_manifest
from runtime.errors import AttacheError
from runtime.settings import Settings

RECENT_ALARMS = 5


class PartitionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One partition. What can't be known, the log's end while no broker runs say, is None."""

    topic: str
    partition: int
    log_end: int | None
    landed_up_to: int
    lag: int | None


class Conservation(msgspec.Struct, frozen=True, kw_only=True):
    """The whole history: records read = rows landed + dead letters."""

    records: int
    rows: int
    dead_letters: dict[str, int]
    is_conserved: bool
    open_gaps: int


class LastCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The last audit."""

    run_id: str
    logical_at: datetime
    passed: bool


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that `attache status` says.

    Attributes:
        verdict: one line in plain words: all well, or what to do.
        conservation: None while another process writes the warehouse.
    """

    verdict: str
    home: str
    broker: str | None
    partitions: list[PartitionStatus]
    conservation: Conservation | None
    last_check: LastCheck | None
    published: Manifest | None
    alarms: list[Alarm]


def read_status(settings: Settings) -> Status:
    """Look at the broker if one runs, at the warehouse if nobody writes it, and at what is served.

    Starts nothing and changes nothing.
    """
    servers = running_servers(settings)
    extents = _extents(servers)
    published = load_manifest(settings)
    alarms = recent(settings, RECENT_ALARMS)
    positions: list[tuple[str, int, int]] = []
    conservation = last_check = None
    is_busy = False
    try:
        with _open(settings) as warehouse:
            positions = _rows(
                warehouse, "SELECT topic, partition, next_offset FROM raw.offsets ORDER BY ALL"
            )
            conservation = _conservation(warehouse)
            last_check = _last_check(warehouse)
    except duckdb.IOException:
        is_busy = True
        if published is not None:
            positions = [(o.topic, o.partition, o.next_offset) for o in published.offsets]
    partitions = _partitions(positions, extents)
    return Status(
        verdict=_verdict(is_busy, partitions, conservation, last_check, published),
        home=str(settings.home),
        broker=servers,
        partitions=partitions,
        conservation=conservation,
        last_check=last_check,
        published=published,
        alarms=alarms,
    )


def _extents(servers: str | None) -> dict[tuple[str, int], Extent]:
    if servers is None:
        return {}
    try:
        with open_consumer(servers) as consumer:
            found = read_extents(servers, consumer)
    except AttacheError:
        return {}
    return {(p.topic, p.partition): extent for p, extent in found.items()}


def _open(settings: Settings) -> duckdb.DuckDBPyConnection:
    """The warehouse to read; an empty one in memory where there is none yet."""
    if not settings.warehouse.exists():
        return duckdb.connect(":memory:")
    connection = duckdb.connect(str(settings.warehouse), read_only=True)
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _rows(warehouse: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    """What a query gives; nothing where its table was not made yet."""
    try:
        return warehouse.execute(sql).fetchall()
    except duckdb.CatalogException:
        return []


def _conservation(warehouse: duckdb.DuckDBPyConnection) -> Conservation | None:
    totals = _rows(
        warehouse,
        "SELECT coalesce(sum(record_count), 0)::BIGINT, coalesce(sum(row_count), 0)::BIGINT, "
        "coalesce(sum(dead_letter_count), 0)::BIGINT FROM raw.batches",
    )
    if not totals:
        return None
    reasons = _rows(
        warehouse, "SELECT reason, count(*) FROM raw.dead_letters GROUP BY ALL ORDER BY ALL"
    )
    gaps = _rows(warehouse, "SELECT count(*) FROM raw.gaps WHERE accepted_at IS NULL")
    records, rows, dead = totals[0]
    dead_letters = dict(reasons)
    return Conservation(
        records=records,
        rows=rows,
        dead_letters=dead_letters,
        is_conserved=records == rows + dead and dead == sum(dead_letters.values()),
        open_gaps=gaps[0][0] if gaps else 0,
    )


def _last_check(warehouse: duckdb.DuckDBPyConnection) -> LastCheck | None:
    rows = _rows(
        warehouse,
        "SELECT run_id, logical_at, passed FROM ops.ops_quality_runs "
        "ORDER BY check_run_id DESC LIMIT 1",
    )
    if not rows:
        return None
    run_id, logical_at, passed = rows[0]
    return LastCheck(run_id=run_id, logical_at=logical_at, passed=passed)


def _partitions(
    positions: list[tuple[str, int, int]], extents: dict[tuple[str, int], Extent]
) -> list[PartitionStatus]:
    landed = {(topic, partition): following for topic, partition, following in positions}
    statuses = []
    for key in sorted(landed.keys() | extents.keys()):
        extent = extents.get(key)
        following = landed.get(key, extent.begin if extent else 0)
        statuses.append(
            PartitionStatus(
                topic=key[0],
                partition=key[1],
                log_end=extent.end if extent else None,
                landed_up_to=following,
                lag=extent.end - following if extent else None,
            )
        )
    return statuses


def _verdict(
    is_busy: bool,
    partitions: list[PartitionStatus],
    conservation: Conservation | None,
    last_check: LastCheck | None,
    published: Manifest | None,
) -> str:
    """The first thing that somebody should do; all well where there is none."""
    lag = sum(partition.lag or 0 for partition in partitions)
    if is_busy:
        return "A step is writing the warehouse now; look again when it has ended."
    if conservation is not None and not conservation.is_conserved:
        return "Records are missing: read records are not rows plus dead letters. Report this."
    if conservation is not None and conservation.open_gaps:
        return "Records were gone before they were landed: see `attache land --help` on gaps."
    if last_check is not None and not last_check.passed:
        return "The gate is closed: `attache check` says why. The earlier version is served."
    if lag:
        return f"{lag:,} records wait to be landed: `attache land`, or the next scheduled run."
    if published is None:
        return "Nothing has been published yet: `attache demo`, or land, build, check, publish."
    return f"All well: version {published.version} is served, and nothing waits."
