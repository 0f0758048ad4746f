"""Contract events from a file, one a line, gzip or plain.

Lines are sent as they are, byte for byte: what is wrong with one is the landing's to say. Events of
all platforms may stand in one file, so it has no time zone of its own: the contract's instants
carry their offset.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ingestion.contracts.events import KINDS
from ingestion.contracts.topics import load_topics, topic_of
from ingestion.pseudonyms import Pseudonyms
from ingestion.sources.lines import digest_of, read_lines
from ingestion.sources.source import Message

UNROUTABLE = "attache.post.v1"
"""Where a line goes that names no known type; the landing sets it aside there."""


@dataclass(frozen=True)
class EventsFile:
    """The file, read once for each rank of topics: accounts first, whatever the order of lines."""

    path: Path
    total: int | None
    name: str = "contract events"
    note: str = "Events are sent as they stand in the file; each names its own source."

    @property
    def fingerprint(self) -> str:
        return f"{self.name}/{digest_of(self.path)}"

    def messages(self, pseudonyms: Pseudonyms) -> Iterator[Message]:
        for rank in sorted({topic.rank for topic in load_topics()}):
            for number, line in read_lines(self.path):
                message = route(number, line)
                if topic_of(message.event_type).rank == rank:
                    yield message


def open_events(path: Path) -> EventsFile:
    """Read the file through once, so that a damaged one is refused before anything is sent.

    Raises:
        AttacheError: it can't be read to its end.
    """
    return EventsFile(path, total=sum(1 for _ in read_lines(path)))


class _KeyFields(msgspec.Struct):
    platform: str
    account_id: str | None = None
    post_id: str | None = None
    object_id: str | None = None


class _Typed(msgspec.Struct):
    type: str


class _Routed(_Typed):
    data: _KeyFields


_typed = msgspec.json.Decoder(_Typed)
_routed = msgspec.json.Decoder(_Routed)


def route(number: int, line: bytes) -> Message:
    """Where a line goes and with which key; a key that can't be read is made of the number."""
    event_type = _type_of(line)
    return Message(event_type or UNROUTABLE, _key_of(number, line, event_type), line)


def _type_of(line: bytes) -> str | None:
    try:
        event_type = _typed.decode(line).type
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return event_type if event_type in KINDS else None


def _key_of(number: int, line: bytes, event_type: str | None) -> bytes:
    if event_type is not None:
        try:
            data = _routed.decode(line).data
        except (msgspec.DecodeError, UnicodeDecodeError):
            data = None
        parts: list[str | None] = [getattr(data, name, None) for name in topic_of(event_type).key]
        known = [part for part in parts if part]
        if len(known) == len(parts):
            return ":".join(known).encode()
    return f"line:{number}".encode()
