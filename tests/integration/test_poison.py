"""Poisoned runs: the gate closes, names the keys, and the earlier version is still served."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from kafka import KafkaAdminClient, TopicPartition
from msgspec.structs import replace

from attache import steps
from ingestion.broker.embedded import EmbeddedKafka
from ingestion.offsets import DataGoneError
from publication.manifest import load_manifest
from runtime.errors import GateClosedError
from runtime.settings import Settings
from tests.pipeline import RUN, ask, replay_events, run_steps
from tests.samples import JSON, contract_events, event

FOREIGN_POST = {
    "platform": "weibo",
    "post_id": "p9",
    "account_id": "stranger",
    "created_at": "2014-01-28T10:00:00+08:00",
}
STRANGER = {
    "platform": "weibo",
    "account_id": "stranger",
    "observed_at": "2014-01-28T10:00:00+08:00",
    "role": "peer",
}
KILLED_BUILD = """
import os, signal, sys
from pathlib import Path
from attache import build
from runtime.settings import Settings
from tests.pipeline import RUN
build.run_dbt = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
build.build(Settings(home=Path(sys.argv[1])), RUN, full_refresh=True)
"""
POISONS = {
    "negative counts": (
        "UPDATE marts.fct_engagement_daily SET like_count = -1, like_count_unassessed = -1",
        "weibo:a1",
    ),
    "duplicate keys": (
        "INSERT INTO marts.fct_interaction SELECT * FROM marts.fct_interaction",
        "weibo:share:i1",
    ),
    "classes that do not add up": (
        "UPDATE marts.fct_engagement_daily SET action_count_organic = 1",
        "weibo:a1",
    ),
    "a row that nobody landed": (
        "INSERT INTO raw.interactions SELECT * FROM raw.interactions",
        "attache.interactions.v1",
    ),
}


@pytest.fixture(scope="module")
def healthy(
    tmp_path_factory: pytest.TempPathFactory, quiet_home: Callable[[Path], Settings]
) -> Settings:
    """A home with a few events landed, built, checked and published."""
    settings = quiet_home(tmp_path_factory.mktemp("healthy"))
    replay_events(settings, contract_events(), settings.home)
    run_steps(settings)
    return settings


@pytest.mark.parametrize("poison", POISONS)
def test_a_poisoned_warehouse_closes_the_gate(
    healthy: Settings, tmp_path: Path, poison: str
) -> None:
    statement, key = POISONS[poison]
    settings = replace(healthy, home=tmp_path / "home")
    shutil.copytree(healthy.home, settings.home, ignore=shutil.ignore_patterns("logs"))
    before = load_manifest(settings)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute(statement)
    with pytest.raises(GateClosedError, match=key) as closed:
        steps.check(settings, RUN)
    assert closed.value.exit_code == 3
    with pytest.raises(GateClosedError):
        steps.publish(settings, RUN)
    assert load_manifest(settings) == before
    assert ask(settings, "SELECT sum(action_count) FROM fct_engagement_daily") == [(1,)]


def test_a_killed_build_can_not_be_published(healthy: Settings, tmp_path: Path) -> None:
    settings = replace(healthy, home=tmp_path / "home")
    shutil.copytree(healthy.home, settings.home, ignore=shutil.ignore_patterns("logs"))
    victim = subprocess.run([sys.executable, "-c", KILLED_BUILD, str(settings.home)], check=False)
    assert victim.returncode == -signal.SIGKILL
    with pytest.raises(GateClosedError, match="did not succeed"):
        steps.publish(settings, RUN)


def test_a_foreign_account_closes_the_gate_until_it_is_known(
    quiet_settings: Settings, tmp_path: Path
) -> None:
    settings = quiet_settings
    _publish_once(settings, contract_events(), tmp_path)
    replay_events(settings, [event("attache.post.v1", "p9", FOREIGN_POST)], tmp_path)
    with pytest.raises(GateClosedError, match="weibo:stranger"):
        run_steps(settings)
    assert _served(settings) == (1, 1)
    replay_events(settings, [event("attache.account.v1", "stranger", STRANGER)], tmp_path)
    run_steps(settings)
    assert _served(settings) == (2, 2)


def test_a_flood_of_negative_counts_becomes_dead_letters_and_closes_the_gate(
    quiet_settings: Settings, tmp_path: Path
) -> None:
    settings = quiet_settings
    _publish_once(settings, contract_events(), tmp_path)
    counters = {"platform": "weibo", "post_id": "p1", "observed_at": RUN.logical_at.isoformat()}
    negative = [
        event("attache.counters.v1", f"negative-{n}", {**counters, "likes": -n})
        for n in range(1, 4)
    ]
    replay_events(settings, negative, tmp_path)
    landed = steps.land(settings, RUN)
    assert (landed.rows, landed.dead_letters) == (0, {"out_of_range": 3})
    steps.build(settings, RUN)
    with pytest.raises(GateClosedError, match="out_of_range"):
        steps.check(settings, RUN)
    assert _served(settings) == (1, 1)


def test_a_truncated_topic_is_named_and_closes_the_gate_until_it_is_accepted(
    settings: Settings, fresh_broker: EmbeddedKafka, tmp_path: Path
) -> None:
    _publish_once(settings, contract_events(), tmp_path)
    replay_events(settings, contract_events(), tmp_path)
    partition = _truncate(settings, fresh_broker.bootstrap_servers, "attache.posts.v1")
    with pytest.raises(DataGoneError, match=r"attache\.posts\.v1/\d offsets 1 to 1 \(1\)"):
        steps.land(settings, RUN)
    with pytest.raises(GateClosedError, match=r"attache\.posts\.v1"):
        steps.check(settings, RUN)
    assert _served(settings) == (1, 1)
    landed = steps.land(settings, RUN, accept_gaps=True)
    assert landed.records == 3
    steps.build(settings, RUN)
    steps.check(settings, RUN)
    assert steps.publish(settings, RUN).version == 2
    gone = ask(
        settings,
        "SELECT gone_offset_count, empty_offset_count FROM ops.ops_conservation "
        f"WHERE topic = 'attache.posts.v1' AND partition = {partition.partition}",
    )
    assert gone == [(1, 0)]


def _publish_once(settings: Settings, events: list[JSON], folder: Path) -> None:
    replay_events(settings, events, folder)
    run_steps(settings)


def _served(settings: Settings) -> tuple[int, int]:
    """The served version, and how many posts it has."""
    manifest = load_manifest(settings)
    assert manifest is not None
    (row,) = ask(settings, "SELECT count(*) FROM fct_post")
    return manifest.version, row[0]


def _truncate(settings: Settings, servers: str, topic: str) -> TopicPartition:
    """Delete every record of the partition that has any, as retention would."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        row = warehouse.execute(
            "SELECT partition, next_offset FROM raw.offsets WHERE topic = ? AND next_offset > 0",
            [topic],
        ).fetchone()
    assert row is not None
    partition = TopicPartition(topic, row[0])
    with KafkaAdminClient(bootstrap_servers=servers) as admin:
        admin.delete_records({partition: row[1] + 1})
    return partition
