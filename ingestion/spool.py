"""The spool: messages that Kafka would not take yet, kept on disk until it does.

Segments are files that only grow, one writer each, synchronised to the disk before a message counts
as kept. Each message is framed by its length and checksum, so that the end that a killed process
left behind is told from a whole message; such an end was never counted as kept.
"""

from __future__ import annotations

import fcntl
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import msgspec

from ingestion.sources.source import Message
from runtime.errors import AttacheError

SEGMENT_BYTES = 64 * 1024 * 1024
SUFFIX = ".messages"

_FRAME = struct.Struct(">II")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Message).decode


class SpoolDamagedError(AttacheError):
    """A message of the spool is not what was written. Nothing of the segment is dropped."""


class Spool:
    """The spool of one home: segments in the order in which they were begun."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def writer(self) -> SpoolWriter:
        """A writer of new segments; what others write or read meanwhile is not touched."""
        return SpoolWriter(self.folder)

    def segments(self) -> list[Path]:
        """What waits, oldest first. Empty where there is no spool."""
        return sorted(self.folder.glob(f"*{SUFFIX}"))


def read_segment(segment: Path) -> Iterator[Message]:
    """The whole messages of a segment, in the order in which they were written.

    Raises:
        SpoolDamagedError: a message was changed after it was written.
    """
    with segment.open("rb") as file:
        while len(frame := file.read(_FRAME.size)) == _FRAME.size:
            size, checksum = _FRAME.unpack(frame)
            body = file.read(size)
            if len(body) < size:
                return
            if zlib.crc32(body) != checksum:
                raise SpoolDamagedError(
                    f"{segment} is damaged before byte {file.tell()}.",
                    "Nothing of it was removed. Restore that file, or move it out of the spool "
                    "and bring its events back from their source.",
                )
            yield _decode(body)


@contextmanager
def claimed(segment: Path) -> Iterator[bool]:
    """Whether the segment is ours alone for this block: nobody writes or sends it."""
    try:
        with segment.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield segment.exists()
    except FileNotFoundError:
        yield False


class SpoolWriter:
    """Appends messages to segments of its own; `sync` makes what was appended durable."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: BinaryIO | None = None
        self._bytes = 0

    def __enter__(self) -> SpoolWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def append(self, message: Message) -> None:
        """Write one message; it counts as kept after the next `sync`."""
        if self._file is None:
            self._file = self._begin()
        body = _encode(message)
        self._file.write(_FRAME.pack(len(body), zlib.crc32(body)))
        self._file.write(body)
        self._bytes += _FRAME.size + len(body)

    def sync(self) -> None:
        """Return when everything appended is on the disk."""
        if self._file is None:
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        if self._bytes >= SEGMENT_BYTES:
            self._file.close()
            self._file, self._bytes = None, 0

    def _begin(self) -> BinaryIO:
        self._folder.mkdir(parents=True, exist_ok=True)
        while True:
            taken = [int(path.stem) for path in self._folder.glob(f"*{SUFFIX}")]
            path = self._folder / f"{max(taken, default=0) + 1:012}{SUFFIX}"
            try:
                file = path.open("xb")
            except FileExistsError:
                continue
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink == 0:  # somebody sent and removed it, empty
                file.close()
                continue
            _sync_folder(self._folder)
            return file


def _sync_folder(folder: Path) -> None:
    """The name of a new file is as durable as its content."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
