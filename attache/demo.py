"""The main job from nothing, with every real component: what `attache demo` and `attache up` do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext

from msgspec.structs import replace

from attache.airflow_home.embedded import EmbeddedAirflow
from attache.alarms import Alarm, recent
from attache.pages import print_scorecard
from attache.scorecard import read_scorecard
from expectations.report import report_folder
from ingestion.broker.bootstrap import bootstrap_servers
from ingestion.extents import open_consumer, read_extents
from ingestion.replay import ReplayReport, open_source, replay
from publication.manifest import Manifest, load_manifest
from runtime.clock import now
from runtime.errors import AttacheError
from runtime.output import out
from runtime.progress import console
from runtime.settings import Settings

EVERY_MINUTE = "* * * * *"
PUBLISH_SECONDS = 600
POLL_SECONDS = 0.5

Ends = dict[tuple[str, int], int]


def run_demo(settings: Settings) -> bool:
    """Stream the reference case, wait for the scheduled DAG to publish it, print the scorecard.

    Returns:
        bool: every figure is exact.

    Raises:
        AttacheError: a part could not start, a task failed, or nothing was published in time.
    """
    scheduled = replace(settings, schedule=EVERY_MINUTE)
    console.print(f"Home: {settings.home}")
    with bootstrap_servers(scheduled) as servers:
        console.print(f"Kafka answers at {servers}.")
        started_at = now()
        with ThreadPoolExecutor(1) as pool:
            replayed = pool.submit(_replay, scheduled)
            airflow = EmbeddedAirflow(scheduled)
            console.print("Starting Airflow; its DAG `engagement` runs every minute.")
            with airflow:
                console.print(f"Airflow answers at {airflow.client.address}.")
                _finish(replayed)
                manifest = _wait_for_publication(scheduled, _ends(servers))
                took = (now() - started_at).total_seconds()
                console.print(
                    f"Run {manifest.run_id} published version {manifest.version}, "
                    f"{took:.0f} s after the start."
                )
                rows = read_scorecard(scheduled)
                with nullcontext() if settings.exit else _until_stopped():
                    print_scorecard(rows)
                    _print_addresses(scheduled, airflow.client.address)
    return all(row.is_exact is not False for row in rows)


def serve(settings: Settings, broker_only: bool) -> None:
    """Keep the broker, and Airflow, running until Ctrl-C."""
    with bootstrap_servers(settings) as servers:
        if broker_only:
            with _until_stopped():
                out.print(f"Kafka    {servers}")
            return
        with EmbeddedAirflow(settings) as airflow, _until_stopped():
            out.print(f"Kafka            {servers}")
            _print_addresses(settings, airflow.client.address)


def _replay(settings: Settings) -> ReplayReport:
    source = open_source("canadaweibo-2014", None, None, None)
    return replay(settings, source)


def _finish(replayed: Future[ReplayReport]) -> None:
    report = replayed.result()
    console.print(f"Replayed {report.produced.acknowledged:,} events. {report.note}")


def _ends(servers: str) -> Ends:
    """Where every partition ends now: what a publication must hold to hold the replay."""
    with open_consumer(servers) as consumer:
        extents = read_extents(servers, consumer)
    return {(p.topic, p.partition): extent.end for p, extent in extents.items()}


def _wait_for_publication(settings: Settings, ends: Ends) -> Manifest:
    """Wait for the scheduler; nothing here lands, builds or publishes."""
    known = set(_alarm_keys(settings))
    deadline = time.monotonic() + PUBLISH_SECONDS
    with console.status("Waiting for the scheduled run to land, build, check and publish"):
        while time.monotonic() < deadline:
            manifest = load_manifest(settings)
            if manifest is not None and _holds(manifest, ends):
                return manifest
            raised = [alarm for alarm in recent(settings, 5) if _key(alarm) not in known]
            if raised:
                raise AttacheError(
                    f"The scheduled run failed in {raised[0].task_id}: {raised[0].cause}",
                    raised[0].hint,
                )
            time.sleep(POLL_SECONDS)
    raise AttacheError(
        f"No scheduled run published within {PUBLISH_SECONDS} s.",
        f"Airflow's logs are in {settings.home / 'logs' / 'airflow'}.",
    )


def _holds(manifest: Manifest, ends: Ends) -> bool:
    held = {(o.topic, o.partition): o.next_offset for o in manifest.offsets}
    return all(held.get(partition, 0) >= end for partition, end in ends.items())


def _alarm_keys(settings: Settings) -> Iterator[str]:
    return (_key(alarm) for alarm in recent(settings, 1_000))


def _key(alarm: Alarm) -> str:
    return f"{alarm.run_id} {alarm.task_id} {alarm.at}"


def _print_addresses(settings: Settings, airflow: str) -> None:
    out.print(f"Airflow          {airflow}")
    out.print(f"Quality report   {(report_folder(settings) / 'index.html').as_uri()}")
    out.print(f"Published file   {settings.published / 'current.duckdb'}")
    out.print('Ask it           attache query "select * from fct_engagement_daily limit 5"')


@contextmanager
def _until_stopped() -> Iterator[None]:
    """Announce in the block, then serve; from the first word on, Ctrl-C is what was waited for."""
    try:
        yield
        console.print("Serving. Ctrl-C stops everything.")
        threading.Event().wait()
    except KeyboardInterrupt:
        console.print("Stopping.")
