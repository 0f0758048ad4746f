"""The topic files, and the jars of the broker: what is refused before anything starts."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from ingestion.broker.jars import JarError, read_lock, render_lock, verify
from ingestion.contracts.events import KINDS
from ingestion.contracts.layout import data_fields
from ingestion.contracts.topics import load_topics, topic_of


def test_each_kind_of_event_has_one_topic_of_its_own() -> None:
    topics = load_topics()
    assert sorted(topic.event_type for topic in topics) == sorted(KINDS)
    assert len({topic.name for topic in topics}) == len(KINDS)
    assert len({topic.table for topic in topics}) == len(KINDS)
    assert all(topic_of(topic.event_type) is topic for topic in topics)


def test_a_message_key_is_made_of_fields_that_every_event_has() -> None:
    for topic in load_topics():
        required = {field.name for field in data_fields(topic.event_type) if field.required}
        assert set(topic.key) <= required, topic.name


def test_what_an_event_refers_to_comes_first() -> None:
    order = [topic.table for topic in load_topics()]
    assert order.index("accounts") < order.index("posts") < order.index("interactions")
    assert order.index("posts") < order.index("counters")


def test_retention_is_told_to_the_broker_in_milliseconds_and_for_ever_stays_for_ever() -> None:
    topic = load_topics()[0]
    day = msgspec.structs.replace(topic, retention_hours=24)
    forever = msgspec.structs.replace(topic, retention_hours=-1)
    assert day.config["retention.ms"] == "86400000"
    assert forever.config["retention.ms"] == "-1"


@pytest.fixture
def jars(tmp_path: Path) -> list[Path]:
    """Three small jars, none of them Kafka's."""
    paths = [tmp_path / "modules" / f"{name}.jar" for name in ("a-1.0", "b-2.0", "c-3.0")]
    paths[0].parent.mkdir()
    for path in paths:
        path.write_bytes(path.name.encode() * 1000)
    return paths


def _tampered(jars: list[Path]) -> list[Path]:
    content = bytearray(jars[1].read_bytes())
    content[500] ^= 1
    jars[1].write_bytes(content)
    return jars


def _missing(jars: list[Path]) -> list[Path]:
    return [jars[0], jars[2]]


def _exchanged(jars: list[Path]) -> list[Path]:
    shutil.copy(jars[0], jars[1])
    return jars


@pytest.mark.parametrize("harm", [_tampered, _missing, _exchanged])
def test_a_jar_that_is_not_the_locked_one_is_refused_by_name(
    jars: list[Path], tmp_path: Path, harm: Callable[[list[Path]], list[Path]]
) -> None:
    lock = tmp_path / "kafka.lock"
    lock.write_text(render_lock(jars))
    verify(jars, read_lock(lock))
    with pytest.raises(JarError, match=r"b-2\.0\.jar"):
        verify(harm(jars), read_lock(lock))


def test_a_jar_too_many_is_refused_by_name(jars: list[Path], tmp_path: Path) -> None:
    lock = tmp_path / "kafka.lock"
    lock.write_text(render_lock(jars[:2]))
    with pytest.raises(JarError, match=r"c-3\.0\.jar"):
        verify(jars, read_lock(lock))
