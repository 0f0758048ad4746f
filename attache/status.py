"""Where everything stands: the broker's log against the warehouse, and what is published."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import msgspec
from kafka.errors import KafkaError

from attache.alarms import Alarm, recent
from ingestion.broker.bootstrap import running_servers
from ingestion.drain import oldest_produced
from ingestion.extents import Extent, open_consumer, read_extents
from publication.manifest import Manifest, load_manifest
from runtime.clock import now
from runtime.errors import AttacheError
from runtime.settings import Settings

RECENT_ALARMS = 5


class PartitionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One partition. What can't be known, the log's end while no broker runs say, is None.

    Attributes:
        lag: records that wait, transaction markers among them counted too.
        lag_seconds: how long the oldest of them has waited; 0 where none waits.
        gone: offsets that the broker deleted before they were landed.
        empty: offsets that never held a record for us: transaction markers, aborted or compacted.
        dead_letters: how many, by reason.
    """

    topic: str
    partition: int
    log_end: int | None
    landed_up_to: int
    lag: int | None
    lag_seconds: float | None
    gone: int
    empty: int
    dead_letters: dict[str, int]


class Conservation(msgspec.Struct, frozen=True, kw_only=True):
    """The whole history: records read = rows landed + dead letters."""

    records: int
    rows: int
    dead_letters: dict[str, int]
    is_conserved: bool
    open_gaps: int


class LastDrain(msgspec.Struct, frozen=True, kw_only=True):
    """The last landing that ended. The rate is None where there was nothing to land."""

    run_id: str
    finished_at: datetime
    records: int
    records_per_second: float | None


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
        spooled: files of events that wait for Kafka, or that it refused.
    """

    verdict: str
    home: str
    broker: str | None
    partitions: list[PartitionStatus]
    conservation: Conservation | None
    last_drain: LastDrain | None
    last_check: LastCheck | None
    published: Manifest | None
    spooled: list[str]
    alarms: list[Alarm]


def read_status(settings: Settings) -> Status:
    """Look at the broker if one runs, at the warehouse if nobody writes it, and at what is served.

    Starts nothing and changes nothing.
    """
    servers = running_servers(settings)
    published = load_manifest(settings)
    held = _Held()
    is_busy = False
    try:
        with _open(settings) as warehouse:
            held = _held(warehouse)
    except duckdb.IOException:
        is_busy = True
        if published is not None:
            held.positions = {(o.topic, o.partition): o.next_offset for o in published.offsets}
    partitions = _partitions(held, *_log(servers, held.positions))
    return Status(
        verdict=_verdict(settings, is_busy, partitions, held, published),
        home=str(settings.home),
        broker=servers,
        partitions=partitions,
        conservation=held.conservation,
        last_drain=held.last_drain,
        last_check=held.last_check,
        published=published,
        spooled=sorted(path.name for path in settings.spool.glob("*")),
        alarms=recent(settings, RECENT_ALARMS),
    )


Partition = tuple[str, int]


@dataclass
class _Held:
    """What the warehouse says; empty where there is none, or where another process writes it."""

    positions: dict[Partition, int] = field(default_factory=dict)
    gone: dict[Partition, int] = field(default_factory=dict)
    empty: dict[Partition, int] = field(default_factory=dict)
    dead: dict[Partition, dict[str, int]] = field(default_factory=dict)
    conservation: Conservation | None = None
    last_drain: LastDrain | None = None
    last_check: LastCheck | None = None


def _held(warehouse: duckdb.DuckDBPyConnection) -> _Held:
    held = _Held(
        positions=_by_partition(warehouse, "next_offset FROM raw.offsets"),
        gone=_by_partition(warehouse, "sum(to_offset - from_offset)::BIGINT FROM raw.gaps"),
        empty=_by_partition(
            warehouse, "sum(next_offset - first_offset - record_count)::BIGINT FROM raw.batches"
        ),
        conservation=_conservation(warehouse),
        last_drain=_last_drain(warehouse),
        last_check=_last_check(warehouse),
    )
    for topic, number, reason, count in _rows(
        warehouse,
        "SELECT kafka_topic, kafka_partition, reason, count(*) FROM raw.dead_letters "
        "GROUP BY ALL ORDER BY ALL",
    ):
        held.dead.setdefault((topic, number), {})[reason] = count
    return held


def _by_partition(warehouse: duckdb.DuckDBPyConnection, measure: str) -> dict[Partition, int]:
    rows = _rows(warehouse, f"SELECT topic, partition, {measure} GROUP BY ALL")
    return {(topic, number): count or 0 for topic, number, count in rows}


def _log(
    servers: str | None, positions: dict[Partition, int]
) -> tuple[dict[Partition, Extent], dict[Partition, float]]:
    """What the broker holds, and how many seconds the oldest waiting record has waited."""
    if servers is None:
        return {}, {}
    try:
        with open_consumer(servers) as consumer:
            extents = read_extents(servers, consumer)
            starts = {
                p: max(positions.get((p.topic, p.partition), e.begin), e.begin)
                for p, e in extents.items()
            }
            waiting = {p: start for p, start in starts.items() if start < extents[p].end}
            produced = oldest_produced(consumer, waiting)
    except (AttacheError, KafkaError):
        return {}, {}
    present = now().timestamp()
    return (
        {(p.topic, p.partition): extent for p, extent in extents.items()},
        {(p.topic, p.partition): max(present - at, 0.0) for p, at in produced.items()},
    )


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


def _last_drain(warehouse: duckdb.DuckDBPyConnection) -> LastDrain | None:
    rows = _rows(
        warehouse,
        """SELECT run_id, finished_at, record_count,
            record_count / nullif(date_diff('millisecond', started_at, finished_at) / 1000, 0)
        FROM raw.drains WHERE finished_at IS NOT NULL ORDER BY drain_id DESC LIMIT 1""",
    )
    if not rows:
        return None
    run_id, finished_at, records, rate = rows[0]
    return LastDrain(
        run_id=run_id,
        finished_at=finished_at,
        records=records,
        records_per_second=round(rate, 1) if records and rate else None,
    )


def _partitions(
    held: _Held, extents: dict[Partition, Extent], waited: dict[Partition, float]
) -> list[PartitionStatus]:
    statuses = []
    for key in sorted(held.positions.keys() | extents.keys()):
        extent = extents.get(key)
        following = held.positions.get(key, extent.begin if extent else 0)
        lag = max(extent.end - following, 0) if extent else None
        statuses.append(
            PartitionStatus(
                topic=key[0],
                partition=key[1],
                log_end=extent.end if extent else None,
                landed_up_to=following,
                lag=lag,
                lag_seconds=0.0 if lag == 0 else waited.get(key),
                gone=held.gone.get(key, 0),
                empty=held.empty.get(key, 0),
                dead_letters=held.dead.get(key, {}),
            )
        )
    return statuses


def _verdict(
    settings: Settings,
    is_busy: bool,
    partitions: list[PartitionStatus],
    held: _Held,
    published: Manifest | None,
) -> str:
    """The first thing that somebody should do; all well where there is none."""
    conservation, last_check = held.conservation, held.last_check
    lag = sum(partition.lag or 0 for partition in partitions)
    if is_busy:
        return "A step is writing the warehouse now; look again when it has ended."
    if conservation is not None and not conservation.is_conserved:
        return "Records are missing: read records are not rows plus dead letters. Report this."
    if conservation is not None and conservation.open_gaps:
        return "Records were gone before they were landed: see `attache land --help` on gaps."
    if last_check is not None and not last_check.passed:
        return "The gate is closed: `attache check` says why. The earlier version is served."
    if any(settings.spool.glob("*")):
        return f"Events wait in {settings.spool} for Kafka: the next `attache replay` sends them."
    if lag:
        return f"{lag:,} records wait to be landed: `attache land`, or the next scheduled run."
    if published is None:
        return "Nothing has been published yet: `attache demo`, or land, build, check, publish."
    return f"All well: version {published.version} is served, and nothing waits."
