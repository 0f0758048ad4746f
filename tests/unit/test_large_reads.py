"""What kafka-python reads in large pieces is what it would have read itself."""

from __future__ import annotations

import os
import socket
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.errors import KafkaConnectionError
from kafka.net.transport import KafkaTCPTransport
from kafka.protocol import parser
from kafka.protocol.frame import KafkaBytes

from ingestion import large_reads
from ingestion.large_reads import Frame, read_large_pieces


def received(pieces: int, read: Any) -> tuple[bytes, Exception | None]:
    """What is read of some pieces, and what is told when the other end has closed."""
    here, there = socket.socketpair()
    with here, there:
        here.setblocking(False)
        there.sendall(b"0123456789" * pieces)
        there.close()
        transport = SimpleNamespace(_sock=here)
        whole, error = b"", None
        while error is None:
            piece, error = read(transport)
            whole += piece
        return whole, error


@pytest.mark.parametrize("piece", [7, large_reads.READ_BYTES])
def test_all_that_was_sent_is_read_and_then_the_end_is_told(
    piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_reads, "READ_BYTES", piece)
    whole, error = received(1_000, large_reads._received)
    assert whole == b"0123456789" * 1_000
    assert isinstance(error, KafkaConnectionError)


def test_an_open_socket_that_has_nothing_is_no_error() -> None:
    here, there = socket.socketpair()
    with here, there:
        here.setblocking(False)
        assert large_reads._received(SimpleNamespace(_sock=here)) == (b"", None)


def test_a_socket_that_fails_is_told_as_kafka_tells_it() -> None:
    here, there = socket.socketpair()
    here.close()
    there.close()
    piece, error = large_reads._received(SimpleNamespace(_sock=here))
    assert piece == b""
    assert isinstance(error, KafkaConnectionError)


@given(st.lists(st.binary(max_size=9)), st.lists(st.one_of(st.none(), st.integers(0, 40))))
def test_a_frame_is_written_and_read_as_the_clients_own(
    written: list[bytes], asked: list[int | None]
) -> None:
    size = sum(map(len, written))
    frames = [kind(size) for kind in (KafkaBytes, Frame)]
    for frame in frames:
        for piece in written:
            frame.write(piece)
        assert frame.tell() == size
        frame.seek(0)
    assert frames[0] == frames[1] == b"".join(written)
    for count in asked:
        theirs, ours = (frame.read(count) for frame in frames)
        assert theirs == ours
        assert frames[0].tell() == frames[1].tell()


def test_a_frame_takes_no_more_than_it_has_room_for() -> None:
    frame = Frame(4)
    with pytest.raises(ValueError, match="different structures"):
        frame.write(os.urandom(5))


def test_what_is_replaced_is_still_what_the_client_uses() -> None:
    read_large_pieces()
    assert KafkaTCPTransport._sock_recv is large_reads._received
    reading = parser.KafkaProtocol(client_id="c")
    reading.receive_bytes((3).to_bytes(4, "big") + b"a")
    assert isinstance(reading._rbuffer, Frame)
