"""What `attache status` says, against a real broker and a real warehouse."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from attache import steps
from attache.metrics import render_metrics
from attache.status import Status, read_status
from ingestion.extents import Extent, open_consumer, read_extents
from ingestion.offsets import DataGoneError, check_gaps
from ingestion.warehouse import open_warehouse
from runtime.settings import Settings
from tests.pipeline import RUN, replay_events
from tests.samples import contract_events, event

BAD = event("attache.counters.v1", "bad", {"platform": "weibo", "post_id": "p1", "likes": -1})


def test_an_empty_home_says_what_to_do(settings: Settings) -> None:
    status = read_status(settings)
    assert status.verdict.startswith("Nothing has been published yet")
    assert (status.broker, status.partitions, status.conservation) == (None, [], None)


def test_lag_before_landing_and_dead_letters_after(
    quiet_settings: Settings, tmp_path: Path
) -> None:
    settings = quiet_settings
    replay_events(settings, [*contract_events(), BAD], tmp_path)
    waiting = read_status(settings)
    assert waiting.verdict.startswith("5 records wait")
    assert sum(p.lag or 0 for p in waiting.partitions) == 5
    lagging = [p for p in waiting.partitions if p.lag]
    assert all(p.lag_seconds is not None and p.lag_seconds >= 0 for p in lagging)

    steps.land(settings, RUN)
    landed = read_status(settings)
    assert sum(p.lag or 0 for p in landed.partitions) == 0
    reasons = [p.dead_letters for p in landed.partitions if p.dead_letters]
    assert reasons == [{"missing_field": 1}]
    assert landed.conservation is not None
    assert (landed.conservation.records, landed.conservation.rows) == (5, 4)
    assert landed.conservation.is_conserved
    assert landed.last_drain is not None
    assert landed.last_drain.records == 5
    assert (landed.last_drain.records_per_second or 0) > 0
    _assert_metrics_say_the_same(landed)


def test_while_another_process_writes_it_says_so(settings: Settings) -> None:
    settings.home.mkdir(parents=True)
    lock = f"import duckdb; c = duckdb.connect({str(settings.warehouse)!r}); print('open'); input()"
    with subprocess.Popen(
        [sys.executable, "-u", "-c", lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        status = read_status(settings)
        writer.communicate("\n")
    assert status.verdict.startswith("A step is writing the warehouse")


def test_a_record_that_vanished_is_reported(quiet_settings: Settings, tmp_path: Path) -> None:
    settings = quiet_settings
    replay_events(settings, contract_events(), tmp_path)
    steps.land(settings, RUN)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("UPDATE raw.batches SET record_count = record_count + 1")
    status = read_status(settings)
    assert status.verdict.startswith("Records are missing")


def test_a_gap_is_named_until_it_is_accepted_and_counted_from_then_on(
    quiet_settings: Settings, broker: str
) -> None:
    settings, deleted = quiet_settings, 3
    with open_consumer(broker) as consumer, open_warehouse(settings) as warehouse:
        extents = {
            partition: Extent(extent.topic_id, extent.end + deleted, extent.end + deleted)
            for partition, extent in read_extents(broker, consumer).items()
        }
        with pytest.raises(DataGoneError):
            check_gaps(warehouse, extents, RUN.logical_at, accept=False)
    unexplained = read_status(settings)
    assert unexplained.verdict.startswith("Records were gone before they were landed")
    assert unexplained.conservation is not None
    assert unexplained.conservation.open_gaps == len(extents)

    with open_warehouse(settings) as warehouse:
        check_gaps(warehouse, extents, RUN.logical_at, accept=True)
    explained = read_status(settings)
    assert explained.conservation is not None
    assert explained.conservation.open_gaps == 0
    assert {partition.gone for partition in explained.partitions} == {deleted}
    assert not explained.verdict.startswith("Records were gone")


def _assert_metrics_say_the_same(status: Status) -> None:
    text = render_metrics(status)
    families = {f.name: f for f in text_string_to_metric_families(text)}  # type: ignore[no-untyped-call]
    landed = {
        (s.labels["topic"], int(s.labels["partition"])): s.value
        for s in families["attache_landed_offset"].samples
    }
    assert landed == {(p.topic, p.partition): p.landed_up_to for p in status.partitions}
    (dead,) = families["attache_dead_letters"].samples
    assert (dead.labels["reason"], dead.value) == ("missing_field", 1)
    assert families["attache_records_read"].samples[0].value == 5
