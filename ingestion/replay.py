"""Replay: a source's whole stream into Kafka."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from ingestion.broker.bootstrap import bootstrap_servers
from ingestion.producer import ProduceReport, produce
from ingestion.pseudonyms import Pseudonyms
from ingestion.sources.canadaweibo_2014 import DEFAULT_SEED, Canadaweibo
from ingestion.sources.ced import open_ced
from ingestion.sources.events import open_events
from ingestion.sources.source import Source
from runtime.errors import WrongUseError
from runtime.progress import meter
from runtime.settings import Settings

GENERATED = ("canadaweibo-2014",)
FORMATS: dict[str, Callable[[Path], Source]] = {"ced": open_ced, "events": open_events}


class ReplayReport(msgspec.Struct, frozen=True):
    """What was replayed, what a reader must know of it, and what Kafka acknowledged."""

    source: str
    note: str
    produced: ProduceReport


def replay(settings: Settings, source: Source) -> ReplayReport:
    """Send everything that a source has.

    Raises:
        AttacheError: no broker, or not every event was acknowledged.
    """
    pseudonyms = Pseudonyms(settings.pseudonym_key())
    with (
        bootstrap_servers(settings) as servers,
        meter(f"replaying {source.name}", source.total) as progress,
    ):
        produced = produce(servers, source.messages(pseudonyms), progress)
    return ReplayReport(source.name, source.note, produced)


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
