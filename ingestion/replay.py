"""Replay: a source's whole stream into Kafka."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from ingestion.broker.bootstrap import bootstrap_servers
from ingestion.checkpoint import Checkpoint
from ingestion.producer import DeliveryError, ProduceReport, produce
from ingestion.pseudonyms import Pseudonyms
from ingestion.reconciliation import topic_ids
from ingestion.sources.canadaweibo_2014 import DEFAULT_SEED, Canadaweibo
from ingestion.sources.ced import open_ced
from ingestion.sources.events import open_events
from ingestion.sources.facebook_live import open_facebook_live
from ingestion.sources.german_elections import open_german_elections
from ingestion.sources.source import Source
from ingestion.sources.tweets_csv import open_tweets_csv
from ingestion.sources.twitter_v1 import open_twitter_v1
from ingestion.spool import Spool
from runtime.errors import AttacheError, WrongUseError
from runtime.progress import meter
from runtime.settings import Settings

GENERATED = ("canadaweibo-2014",)
FORMATS: dict[str, Callable[[Path], Source]] = {
    "ced": open_ced,
    "events": open_events,
    "facebook-live": open_facebook_live,
    "german-elections": open_german_elections,
    "tweets-csv": open_tweets_csv,
    "twitter-v1": open_twitter_v1,
}


class SpooledError(AttacheError):
    """Kafka went away and stayed away; what it did not take is in the spool, on disk."""


class ReplayReport(msgspec.Struct, frozen=True):
    """What was replayed, what a reader must know of it, and what Kafka acknowledged.

    Attributes:
        resumed_at: how many messages an earlier, interrupted replay had settled; not sent again.
    """

    source: str
    note: str
    resumed_at: int
    produced: ProduceReport


def replay(settings: Settings, source: Source, restart: bool = False) -> ReplayReport:
    """Send everything that a source has, after what waits in the spool.

    Where an earlier replay of the same source was interrupted, go on from where it was settled.

    Args:
        restart: send everything, wherever an earlier replay was interrupted.

    Raises:
        SpooledError: Kafka went away for longer than the settings' patience.
        AttacheError: no broker, or an event that Kafka will never take.
    """
    pseudonyms = Pseudonyms(settings.pseudonym_key())
    with (
        bootstrap_servers(settings) as servers,
        meter(f"replaying {source.name}", source.total) as progress,
    ):
        checkpoint = _checkpoint(settings, servers, source, pseudonyms)
        if restart:
            checkpoint.clear()
        messages = checkpoint.left(lambda: source.messages(pseudonyms))
        progress.advance(checkpoint.skipped)
        try:
            produced = produce(
                servers,
                messages,
                progress,
                spool=Spool(settings.spool),
                patience_seconds=settings.produce_patience_seconds,
                settled=checkpoint.advance,
            )
        except DeliveryError:
            checkpoint.clear()
            raise
    if produced.spooled:
        raise SpooledError(
            f"Kafka went away ({produced.outage}): {produced.spooled:,} events of "
            f"{produced.sent:,} wait in {settings.spool}.",
            "Start it again and repeat this command: it sends the spool first, and nothing twice "
            "that was acknowledged.",
        )
    checkpoint.clear()
    return ReplayReport(source.name, source.note, checkpoint.skipped, produced)


def _checkpoint(
    settings: Settings, servers: str, source: Source, pseudonyms: Pseudonyms
) -> Checkpoint:
    """That of this source and key in these very topics; in one made anew, nothing is settled."""
    names = [source.fingerprint, pseudonyms.of("attache", "checkpoint"), *topic_ids(servers)]
    fingerprint = hashlib.sha256("\n".join(names).encode()).hexdigest()[:32]
    return Checkpoint(settings.home / "replays" / f"{fingerprint}.json")


def open_source(
    name: str | None, file_format: str | None, file: Path | None, seed: int | None
) -> Source:
    """The source that the command line asks for: a named one, or a file in a format.

    Args:
        name: a generated source.
        file_format: how the file is to be read.
        file: the file.
        seed: of a generated source; None is its usual one.

    Raises:
        WrongUseError: the combination doesn't exist; the message lists what does.
        AttacheError: the file can't be read to its end.
    """
    if name in GENERATED and file_format is None and file is None:
        return Canadaweibo(DEFAULT_SEED if seed is None else seed)
    if name is None and file_format in FORMATS and file is not None and seed is None:
        return FORMATS[file_format](file)
    given = {"name": name, "--format": file_format, "file": file, "--seed": seed}
    asked = ", ".join(f"{key} {value}" for key, value in given.items() if value is not None)
    raise WrongUseError(
        f"There is nothing to replay for: {asked or 'nothing'}.",
        "\n".join(
            [
                *(f"attache replay {known} [--seed NUMBER]" for known in GENERATED),
                *(f"attache replay --format {known} FILE" for known in FORMATS),
            ]
        ),
    )
