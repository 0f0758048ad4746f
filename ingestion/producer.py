"""Into Kafka: idempotent, acknowledged by all replicas, each delivery accounted for.

Records keep the time of their production as Kafka's timestamp. The time of the fact is inside the
event: as the record's timestamp it would let the topic's retention delete old facts on arrival.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import msgspec

from ingestion.delivery import Delivery
from ingestion.reconciliation import end_offsets, growth
from ingestion.sources.source import Message
from ingestion.spool import Spool
from runtime.errors import AttacheError
from runtime.progress import Meter

PATIENCE_SECONDS = 120.0


class DeliveryError(AttacheError):
    """Some events were not acknowledged. The message says how many and why."""


class TopicReport(msgspec.Struct, frozen=True):
    """Counts of one topic: sent = acknowledged + failed + spooled.

    Attributes:
        bytes: of keys and values.
        grew_by: how much the topic's end offsets rose during the run; None where nobody answered.
            More than was acknowledged where others produced too, or where an acknowledgement
            was lost on its way.
    """

    topic: str
    sent: int
    acknowledged: int
    failed: int
    spooled: int
    bytes: int
    grew_by: int | None


class ProduceReport(msgspec.Struct, frozen=True):
    """What a run produced, in all and by topic: sent = acknowledged + failed + spooled.

    Attributes:
        from_spool: how many of those sent had waited in the spool.
        reconciled: every topic grew by exactly what was acknowledged; None where it is not known.
        outage: why the rest was spooled; empty where nothing was.
    """

    sent: int
    acknowledged: int
    failed: int
    spooled: int
    from_spool: int
    bytes: int
    seconds: float
    reconciled: bool | None
    outage: str
    topics: tuple[TopicReport, ...]


def produce(
    servers: str,
    messages: Iterable[Message],
    meter: Meter,
    *,
    spool: Spool | None = None,
    patience_seconds: float = PATIENCE_SECONDS,
    settled: Callable[[int], None] | None = None,
) -> ProduceReport:
    """Send what waits in the spool, then all messages; return when every one is accounted for.

    When the rank of the topic rises, what was sent before is acknowledged first, so that no event
    refers to one that Kafka doesn't have yet. Memory stays bounded whatever the source delivers.

    Where Kafka goes away, sending waits and goes on when it is back. After `patience_seconds`
    without a single acknowledgement, what is left goes to the spool. An event that is too large for
    Kafka holds up nobody.

    Args:
        spool: where to keep what Kafka doesn't take; None: the run ends, as the source has it.
        settled: told, now and then, how many of the first messages are acknowledged or spooled.

    Raises:
        DeliveryError: at the end, where any delivery failed; nothing is dropped silently.
    """
    started = time.monotonic()
    with Delivery(servers, meter, spool, patience_seconds, settled) as delivery:
        before = None if delivery.outage else end_offsets(servers)
        delivery.send_spool()
        delivery.send(messages)
        after = None if delivery.outage else end_offsets(servers)
    report = _report(delivery, growth(before, after), time.monotonic() - started)
    if report.failed:
        reasons = ", ".join(
            f"{name} {n:,} times" for name, n in delivery.tally.reasons.most_common()
        )
        raise DeliveryError(
            f"{report.failed:,} events of {report.sent:,} were not acknowledged: {reasons}.",
            "Mend the cause and run it again: an event that arrives twice counts once.",
        )
    return report


def _report(delivery: Delivery, grew_by: dict[str, int] | None, seconds: float) -> ProduceReport:
    tally = delivery.tally
    topics = tuple(
        TopicReport(
            topic=name,
            sent=tally.sent(name),
            acknowledged=tally.acknowledged[name],
            failed=tally.failed[name],
            spooled=tally.spooled[name],
            bytes=tally.bytes[name],
            grew_by=None if grew_by is None else grew_by.get(name, 0),
        )
        for name in tally.topics()
    )
    return ProduceReport(
        sent=sum(topic.sent for topic in topics),
        acknowledged=tally.acknowledged.total(),
        failed=tally.failed.total(),
        spooled=tally.spooled.total(),
        from_spool=delivery.from_spool,
        bytes=tally.bytes.total(),
        seconds=seconds,
        reconciled=None
        if grew_by is None
        else all(topic.grew_by == topic.acknowledged for topic in topics),
        outage=delivery.outage,
        topics=topics,
    )
