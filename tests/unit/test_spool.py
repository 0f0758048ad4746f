"""The spool: what counts as kept is there, whole and in order, after any kill."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion import spool as spool_module
from ingestion.sources.source import Message
from ingestion.spool import Spool, SpoolDamagedError, claimed, read_segment


def _messages(number: int, text: str = "") -> list[Message]:
    return [
        Message("attache.post.v1", b"\0key%d" % n, text.encode() + b"\n\xff" * n)
        for n in range(number)
    ]


def _keep(spool: Spool, messages: list[Message]) -> None:
    with spool.writer() as writer:
        for message in messages:
            writer.append(message)
        writer.sync()


def _kept(spool: Spool) -> list[Message]:
    return [message for segment in spool.segments() for message in read_segment(segment)]


def test_messages_come_back_exactly_and_in_order_of_their_runs(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    assert spool.segments() == []
    first, second = _messages(20, "first"), _messages(20, "second")
    _keep(spool, first)
    _keep(spool, second)
    assert _kept(spool) == [*first, *second]


def test_an_end_that_was_cut_anywhere_costs_only_the_message_that_was_cut(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    messages = _messages(3)
    _keep(spool, messages)
    (segment,) = spool.segments()
    whole = segment.read_bytes()
    for end in range(len(whole)):
        segment.write_bytes(whole[:end])
        kept = _kept(spool)
        assert kept == messages[: len(kept)]
        assert len(kept) < 3
    segment.write_bytes(whole)
    assert _kept(spool) == messages


def test_a_changed_byte_is_an_error_and_nothing_is_removed(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    _keep(spool, _messages(3))
    (segment,) = spool.segments()
    damaged = bytearray(segment.read_bytes())
    damaged[-1] ^= 1
    segment.write_bytes(damaged)
    with pytest.raises(SpoolDamagedError, match="damaged"):
        _kept(spool)
    assert segment.read_bytes() == damaged


def test_a_segment_is_one_s_alone_while_it_is_written_or_sent(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    with spool.writer() as writer:
        writer.append(_messages(1)[0])
        (segment,) = spool.segments()
        with claimed(segment) as ours:
            assert not ours
        writer.sync()
    with claimed(segment) as ours, claimed(segment) as theirs:
        assert (ours, theirs) == (True, False)
        segment.unlink()
    with claimed(segment) as ours:
        assert not ours


def test_segments_are_bounded_and_two_writers_never_share_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 100)
    spool = Spool(tmp_path / "spool")
    messages = _messages(9)
    with spool.writer() as here, spool.writer() as there:
        for message in messages:
            for writer in (here, there):
                writer.append(message)
                writer.sync()
    assert len(spool.segments()) > 4
    assert sorted(m.key for m in _kept(spool)) == sorted(m.key for m in [*messages, *messages])
