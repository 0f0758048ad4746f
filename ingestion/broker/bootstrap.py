"""Where the Kafka of a home is: a real cluster that the settings name, else the embedded one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ingestion.broker.answer import cluster_id_of
from ingestion.broker.provisioning import provision
from runtime.progress import console
from runtime.settings import Settings


@contextmanager
def bootstrap_servers(settings: Settings) -> Iterator[str]:
    """`host:port,…` of a Kafka that answers, for the duration of the block.

    The embedded broker is used where it runs and started where it doesn't; for a cluster that the
    settings name, nothing is started. Missing topics are made from their files; a topic that
    differs from its file is left as it is and reported on standard error.

    Raises:
        AttacheError: the named cluster doesn't answer, or the embedded broker can't be started.
    """
    if settings.kafka_bootstrap_servers:
        yield _provisioned(settings.kafka_bootstrap_servers)
        return
    from ingestion.broker.embedded import EmbeddedKafka  # which a named cluster has no use for

    with EmbeddedKafka(settings) as kafka:
        yield _provisioned(kafka.bootstrap_servers)


def running_servers(settings: Settings) -> str | None:
    """Where a Kafka answers now, without starting one; None where there is none."""
    from ingestion.broker.embedded import EmbeddedKafka

    servers = settings.kafka_bootstrap_servers or EmbeddedKafka(settings).running_servers()
    return servers if servers and cluster_id_of(servers) is not None else None


def _provisioned(servers: str) -> str:
    for difference in provision(servers):
        if not difference.created:
            console.print(f"Topic differs from its file: {difference}")
    return servers
