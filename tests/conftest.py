"""Fixtures that every test may use: a home of its own, and a real Kafka."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from ingestion.broker.bootstrap import bootstrap_servers
from ingestion.broker.embedded import EmbeddedKafka
from ingestion.broker.provisioning import provision
from runtime.settings import Settings
from tests.pipeline import begin_at_the_ends

TEST_HEAP = "256m"


@pytest.fixture
def new_home(tmp_path: Path) -> Callable[[str], Settings]:
    """Makes the settings of one more home of this test, with free ports and nothing in it yet."""
    return lambda name: _settings(tmp_path / name)


@pytest.fixture
def settings(new_home: Callable[[str], Settings]) -> Settings:
    """A new home. Its Kafka would be an embedded one, which doesn't run yet."""
    return new_home("home")


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of one real Kafka for the whole session, topics provisioned and shared."""
    with bootstrap_servers(_settings(tmp_path_factory.mktemp("broker"))) as servers:
        yield servers


@pytest.fixture
def broker_settings(settings: Settings, broker: str) -> Settings:
    """A new home that uses the session's Kafka. What other tests produced is there too."""
    return replace(settings, kafka_bootstrap_servers=broker)


@pytest.fixture
def quiet_settings(broker_settings: Settings, broker: str) -> Settings:
    """A new home that uses the session's Kafka and lands only what comes into it from now on.

    What a broker of its own gives, without its start. It is not for a test that looks at the
    broker itself, or changes or kills it.
    """
    begin_at_the_ends(broker_settings, broker)
    return broker_settings


@pytest.fixture(scope="session")
def quiet_home(broker: str) -> Callable[[Path], Settings]:
    """Makes such a home at a path, for fixtures that serve more than one test."""

    def make(home: Path) -> Settings:
        settings = replace(_settings(home), kafka_bootstrap_servers=broker)
        begin_at_the_ends(settings, broker)
        return settings

    return make


@pytest.fixture
def fresh_broker(settings: Settings) -> Iterator[EmbeddedKafka]:
    """The running Kafka of this test's own home `settings`, topics provisioned and empty."""
    with EmbeddedKafka(settings) as kafka:
        provision(kafka.bootstrap_servers)
        yield kafka


def _settings(home: Path) -> Settings:
    """Settings of a home, whatever the environment and `attache.toml` of the machine say."""
    return Settings(home=home, kafka_heap=TEST_HEAP)
