"""A flood of bad records stops the landing between batches, and nothing of it is lost."""

from __future__ import annotations

import duckdb
import pytest
from kafka import KafkaProducer
from msgspec.structs import replace

from ingestion.dead_letters.flood import FloodError, FloodGuard
from ingestion.landing import land
from runtime.settings import Settings
from tests.pipeline import RUN
from tests.recovery.state import broken_laws


def test_a_flood_stops_the_landing_above_its_share_and_never_below_the_minimum() -> None:
    guard = FloodGuard(limit=0.5, minimum=10)
    guard.after_batch(9, {"not_json": 9})
    guard.after_batch(20, {"not_json": 10})
    guard.after_batch(0, {})
    with pytest.raises(FloodError, match=r"11 of 21 records \(52\.4%\).*not_json \(7\)"):
        guard.after_batch(21, {"not_json": 7, "wrong_type": 4})
    FloodGuard(limit=1, minimum=0).after_batch(1_000, {"not_json": 1_000})


def test_a_flooded_landing_stops_between_batches_and_goes_on_where_it_stopped(
    quiet_settings: Settings, broker: str
) -> None:
    settings = quiet_settings
    with KafkaProducer(bootstrap_servers=broker) as producer:
        for number in range(200):
            key, value = str(number).encode(), b"no event"
            producer.send("attache.posts.v1", key=key, value=value, partition=0).get(timeout=10)
    careful = replace(settings, landing_batch_records=1, dead_letter_minimum=5)
    with pytest.raises(FloodError, match="not_json"):
        land(careful, RUN)
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        ((kept,),) = warehouse.execute("SELECT count(*) FROM raw.dead_letters").fetchall()
    assert 5 <= kept < 200
    report = land(replace(careful, dead_letter_share=1.0), RUN)
    assert report.dead_letters == {"not_json": 200 - kept}
    assert broken_laws(settings.warehouse) == []
