"""What a source is: a stream of messages for the producer, in order of dependency."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any, Protocol

import msgspec

from ingestion.contracts.events import Data, Event
from ingestion.contracts.topics import load_topics
from ingestion.pseudonyms import Pseudonyms


class Message(msgspec.Struct, frozen=True, gc=False):
    """One Kafka record before it's sent; its event type decides the topic."""

    event_type: str
    key: bytes
    value: bytes


class Source(Protocol):
    """Accounts first, then posts, then what refers to them.

    A fact that can't be made to conform is sent as it was found, so that the landing keeps it as a
    dead letter with a reason; a source drops nothing.

    Attributes:
        name: the `source` of its events.
        note: what a reader must know about the numbers, one line.
        total: how many messages there will be; None where only reading tells.
        fingerprint: same fingerprint and same key of the pseudonyms, same messages in same order.
    """

    @property
    def name(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def total(self) -> int | None: ...
    @property
    def fingerprint(self) -> str: ...

    def messages(self, pseudonyms: Pseudonyms) -> Iterator[Message]: ...


_KEY_FIELDS = {topic.event_type: attrgetter(*topic.key) for topic in load_topics()}
_encode = msgspec.json.Encoder().encode


def to_message(source: str, event_type: str, event_id: str, time: str, data: Data) -> Message:
    """Wrap a fact in its envelope and key it by its topic's key fields, joined by colons.

    The bounds of the contract are not checked: the landing does, and keeps what breaks them.

    Args:
        source: the source's name.
        event_type: `attache.<kind>.v1`.
        event_id: unique in the source; the same fact has the same id in every run.
        time: the instant of the fact.
        data: the fact.
    """
    event: Event[Any] = Event(
        specversion="1.0", id=event_id, source=source, type=event_type, time=time, data=data
    )
    key = ":".join(_KEY_FIELDS[event_type](data))
    return Message(event_type, key.encode(), _encode(event))
