"""How far a replay has come: a small file, so that one that was killed goes on from there.

The file names a number of messages and a checksum over them. A replay that goes on generates those
messages again and sends none of them; where the checksum differs, the source has become another
one, and all of it is sent.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import msgspec
from crc32c import crc32c

from ingestion.sources.source import Message

MARK_MESSAGES = 500
"""A checkpoint is at a multiple of this many messages, or at the end."""
SAVE_SECONDS = 0.5


class Mark(msgspec.Struct, frozen=True):
    """So many messages are acknowledged or spooled; `checksum` is the CRC-32C of their values."""

    settled: int = 0
    checksum: int = 0


class Checkpoint:
    """The checkpoint of one stream of messages, in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._start = Mark()
        self._ahead: deque[Mark] = deque()
        self._saved_at = 0.0

    def left(self, messages: Callable[[], Iterator[Message]]) -> Iterator[Message]:
        """The messages that are not known to be settled, of a stream that can be read anew."""
        self._start = self._load()
        stream = messages()
        if _checksum(islice(stream, self._start.settled)) != self._start.checksum:
            self._start = Mark()
            stream = messages()
        return self._marked(stream)

    @property
    def skipped(self) -> int:
        """How many messages `left` does not give."""
        return self._start.settled

    def advance(self, settled: int) -> None:
        """Take note that the first `settled` messages of those left are settled."""
        reached = None
        while self._ahead and self._ahead[0].settled <= self._start.settled + settled:
            reached = self._ahead.popleft()
        is_end = reached is not None and not self._ahead
        if reached is not None and (is_end or time.monotonic() - self._saved_at >= SAVE_SECONDS):
            self._save(reached)

    def clear(self) -> None:
        """Forget it: the next replay sends everything again."""
        self._path.unlink(missing_ok=True)

    def _marked(self, stream: Iterator[Message]) -> Iterator[Message]:
        settled, checksum = self._start.settled, self._start.checksum
        for message in stream:
            checksum = crc32c(message.value, checksum)
            settled += 1
            if settled % MARK_MESSAGES == 0:
                self._ahead.append(Mark(settled, checksum))
            yield message
        self._ahead.append(Mark(settled, checksum))

    def _load(self) -> Mark:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Mark)
        except (FileNotFoundError, msgspec.DecodeError):
            return Mark()

    def _save(self, mark: Mark) -> None:
        """Replace the file whole. After a power cut it may be an older one, or none."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        part.write_bytes(msgspec.json.encode(mark))
        part.replace(self._path)
        self._saved_at = time.monotonic()


def _checksum(messages: Iterable[Message], start: int = 0) -> int:
    for message in messages:
        start = crc32c(message.value, start)
    return start
