"""A whole run for tests: the four steps in order, and what can be read afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attache import steps
from ingestion.extents import Extent, open_consumer, read_extents
from ingestion.landing import LandReport
from ingestion.offsets import check_gaps
from ingestion.replay import ReplayReport, open_source, replay
from ingestion.warehouse import open_warehouse
from publication.publish import PublishReport
from publication.query import query
from runtime.run import Run
from runtime.settings import Settings
from tests.samples import JSON, encode_lines

RUN = Run("test__1", datetime(2014, 4, 6, tzinfo=UTC))


def run_steps(settings: Settings) -> tuple[LandReport, PublishReport]:
    """Land, build, check, publish: what the DAG `engagement` does."""
    landed = steps.land(settings, RUN)
    steps.build(settings, RUN)
    steps.check(settings, RUN)
    return landed, steps.publish(settings, RUN)


def replay_events(settings: Settings, events: list[JSON], folder: Path) -> ReplayReport:
    """Send contract events as `attache replay --format events` does."""
    path = folder / "events.jsonl"
    path.write_bytes(encode_lines(events))
    return replay(settings, open_source(None, "events", path, None))


def begin_at_the_ends(settings: Settings, servers: str) -> None:
    """Let a new home land only what comes into a shared Kafka from now on.

    A test that lands then needs no broker of its own.
    """
    with open_consumer(servers) as consumer, open_warehouse(settings) as warehouse:
        extents = read_extents(servers, consumer)
        now_empty = {p: Extent(e.topic_id, e.end, e.end) for p, e in extents.items()}
        check_gaps(warehouse, now_empty, RUN.logical_at, accept=False)


def ask(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the published file."""
    return query(settings, sql).rows


def published_facts(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every mart and report, in an order of its own.

    Without `rpt_data_health`, which says how many records were read, repeats among them.
    """
    tables = ask(
        settings,
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() "
        "WHERE schema_name IN ('marts', 'reporting') AND table_name <> 'rpt_data_health' "
        "ORDER BY ALL",
    )
    return {name: ask(settings, f"SELECT * FROM {name} ORDER BY ALL") for (name,) in tables}
