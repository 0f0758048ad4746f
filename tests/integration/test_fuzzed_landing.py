"""Thousands of damaged events through a whole landing: no exception, no record lost or changed."""

from __future__ import annotations

import duckdb

from ingestion.contracts.events import KINDS
from ingestion.contracts.topics import topic_of
from runtime.settings import Settings
from tests.contract.test_fuzz import corpus, reason, verdicts
from tests.evolution import land_values
from tests.recovery.state import broken_laws


def test_whatever_a_record_holds_it_lands_or_is_kept_whole(settings: Settings) -> None:
    values: dict[str, list[bytes | None]] = {kind: list(corpus(kind)) for kind in KINDS}
    report = land_values(settings, values, batches=3)
    assert report.records == sum(map(len, values.values())) >= 10_000
    assert report.records == report.rows + sum(report.dead_letters.values())
    assert broken_laws(settings.warehouse) == []
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        for kind, sent in values.items():
            faults = verdicts(corpus(kind), kind)
            topic = topic_of(kind)
            rows = warehouse.execute(f"SELECT kafka_offset FROM raw.{topic.table}").fetchall()
            dead = warehouse.execute(
                "SELECT kafka_offset, value, reason FROM raw.dead_letters WHERE kafka_topic = ?",
                [topic.name],
            ).fetchall()
            good = [offset for offset, fault in enumerate(faults) if fault is None]
            assert sorted(offset for (offset,) in rows) == good
            assert sorted(dead) == [
                (offset, sent[offset], reason(fault))
                for offset, fault in enumerate(faults)
                if fault is not None
            ]
