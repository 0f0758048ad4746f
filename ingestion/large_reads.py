"""What Kafka sends, read in large pieces and copied once: kafka-python's own way takes eight.

kafka-python reads 4,096 bytes a call, and copies each byte some seven times more before it is part
of a response: of a landing that is a quarter of the work of the thread that fetches. What is
replaced is private to it and pinned by the lock file; `tests/unit/test_large_reads.py` fails where
it is no more what it was. Why: docs/decisions/landing-in-bulk.md.
"""

from __future__ import annotations

from functools import cache

from kafka.errors import KafkaConnectionError
from kafka.net.transport import KafkaTCPTransport
from kafka.protocol import parser
from kafka.protocol.frame import KafkaBytes

READ_BYTES = 1024 * 1024


@cache
def read_large_pieces() -> None:
    """From now on, every client of this process reads so from plain sockets."""
    KafkaTCPTransport._sock_recv = _received
    parser.KafkaBytes = Frame


def _received(self: KafkaTCPTransport) -> tuple[bytes, Exception | None]:
    """What has come, up to READ_BYTES; the rest when the socket is asked again."""
    try:
        piece = self._sock.recv(READ_BYTES)
    except (BlockingIOError, InterruptedError):
        return b"", None
    except OSError as error:
        return b"", KafkaConnectionError(error)
    return piece, None if piece else KafkaConnectionError("socket disconnected")


class Frame(KafkaBytes):  # type: ignore[misc]  # kafka-python has no types
    """One response in the making."""

    _idx: int

    def read(self, nbytes: int | None = None) -> bytes:
        """So many bytes from where the reading stands, or all that are left."""
        begin = self._idx
        end = len(self) if nbytes is None else min(begin + nbytes, len(self))
        self._idx = end
        with memoryview(self) as all_of_it:
            return bytes(all_of_it[begin:end])

    def write(self, data: bytes) -> None:
        """Put this where the writing stands."""
        end = self._idx + len(data)
        with memoryview(self) as all_of_it:
            all_of_it[self._idx : end] = data
        self._idx = end
