"""Whether a Kafka answers, and which one: asked in its own protocol, as a port says little."""

from __future__ import annotations

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

ANSWER_MILLISECONDS = 10_000


def open_admin(servers: str, patience: int | None = None) -> KafkaAdminClient:
    """A client of the cluster behind `host:port,…`, to be closed by whoever has it.

    Args:
        patience: milliseconds that what it is asked may take; by default what an answer may take.

    Raises:
        KafkaError: none answers within 10 s.
    """
    return KafkaAdminClient(
        bootstrap_servers=servers,
        bootstrap_timeout_ms=ANSWER_MILLISECONDS,
        request_timeout_ms=patience or ANSWER_MILLISECONDS,
    )


def cluster_id_of(servers: str) -> str | None:
    """The id of the cluster behind `host:port,…`, or None where none answers within 10 s."""
    try:
        with open_admin(servers) as admin:
            cluster = admin.describe_cluster()
    except KafkaError:
        return None
    return str(cluster["cluster_id"])
