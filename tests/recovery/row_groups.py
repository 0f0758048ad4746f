"""The landing killed while two threads insert, each a row group of its own.

The other scenarios have transactions of a few records, in which one thread inserts and DuckDB keeps
rows in its log. Here rows are written into the file before they are committed; what is not plain
among them, and dead letters, are in the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from benchmarks.producing import sample_event
from ingestion.landing import LandReport
from ingestion.producer import produce
from ingestion.pseudonyms import Pseudonyms
from ingestion.sources.source import Message
from ingestion.transactions import ROW_GROUP_RECORDS
from runtime.progress import meter
from runtime.settings import Settings
from tests.recovery import matrix
from tests.recovery.lab import Lab
from tests.recovery.matrix import Undisturbed
from tests.recovery.probe import (
    AFTER_COMMIT,
    BEFORE_COMMIT,
    INSIDE_COMMIT,
    INSIDE_INSERT,
    MID_INSERT,
    TWO_THREADS,
    Fault,
)
from tests.recovery.scenario import Row

EVENTS = Settings().landing_batch_records + 4 * ROW_GROUP_RECORDS + 1_000
TRANSACTIONS = 3
"""What fills no row group, as many as a transaction takes, and four."""
LONGEST_SECONDS: Mapping[str, float] = {
    INSIDE_INSERT: 0.3,
    MID_INSERT: 0,
    BEFORE_COMMIT: 0,
    INSIDE_COMMIT: 0.006,
    AFTER_COMMIT: 0,
}


def undisturbed(lab: Lab) -> Undisturbed:
    """Fill one topic, mostly with plain events, and land them with nobody interfering."""
    settings, pseudonyms = lab.home("undisturbed"), Pseudonyms(b"recovery")
    with meter("producing", EVENTS) as progress:
        produce(lab.servers, _messages(pseudonyms), progress)
    landed = lab.land(settings)
    if not isinstance(landed.report, LandReport):
        raise RuntimeError(f"The undisturbed landing failed: {landed}")
    if (landed.report.batches, landed.hits[TWO_THREADS]) != (TRANSACTIONS, TRANSACTIONS - 1):
        raise RuntimeError(f"It is not the last transaction that two threads fill: {landed}")
    return Undisturbed(settings, landed.hits, landed.report.seconds)


def kill_two_threads(
    lab: Lab, each: int, points: tuple[str, ...] = tuple(LONGEST_SECONDS)
) -> Iterator[Row]:
    """One row for each point of the last transaction."""
    reference = undisturbed(lab)
    for point in points:
        row = Row(f"landing killed {point}, two threads filling row groups")
        occurrence = reference.hits[point]
        for _ in range(each):
            delay = lab.chance.uniform(0, LONGEST_SECONDS[point])
            matrix.kill_and_rerun(lab, reference, row, Fault(point, occurrence, delay=delay))
        yield row


def _messages(pseudonyms: Pseudonyms) -> Iterator[Message]:
    """Of a hundred, one has white space of its own, which takes the longer way; one is wrong."""
    for number in range(EVENTS):
        message = sample_event(number, pseudonyms)
        if number % 100 == 1:
            message = replace(message, value=b"{ " + message.value[1:])
        elif number % 100 == 2:
            message = replace(message, value=message.value[1:])
        yield message
