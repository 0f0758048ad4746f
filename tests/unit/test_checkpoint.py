"""A checkpoint: a replay goes on after the last message that is surely settled, never beyond."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion import checkpoint as checkpoint_module
from ingestion.checkpoint import Checkpoint
from ingestion.sources.source import Message

MESSAGES = [Message("attache.post.v1", b"k", b"%d" % n) for n in range(50)]


@pytest.fixture(autouse=True)
def _fine_grained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint_module, "MARK_MESSAGES", 5)
    monkeypatch.setattr(checkpoint_module, "SAVE_SECONDS", 0)


def _stream() -> Iterator[Message]:
    return iter(MESSAGES)


def _interrupted(path: Path, taken: int, settled: int) -> None:
    """A replay that took so many messages from its source, settled some, and was killed."""
    checkpoint = Checkpoint(path)
    left = checkpoint.left(_stream)
    assert len(list(islice(left, taken))) <= taken
    checkpoint.advance(min(settled, taken))


@given(runs=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=4))
def test_however_often_it_is_killed_nothing_unsettled_is_skipped(
    runs: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("checkpoint") / "replays" / "one.json"
    settled = 0
    for taken, done in runs:
        start = Checkpoint(path)
        start.left(_stream)
        _interrupted(path, taken, done)
        settled = max(settled, min(50, start.skipped + min(taken, done)))
    checkpoint = Checkpoint(path)
    left = list(checkpoint.left(_stream))
    assert checkpoint.skipped <= settled
    assert left == MESSAGES[checkpoint.skipped :]
    if settled:
        assert checkpoint.skipped >= settled - 5 * len(runs)


def test_it_goes_on_from_the_last_mark(tmp_path: Path) -> None:
    _interrupted(tmp_path / "one.json", taken=40, settled=33)
    checkpoint = Checkpoint(tmp_path / "one.json")
    assert list(checkpoint.left(_stream)) == MESSAGES[30:]


def test_another_stream_under_the_same_name_is_sent_whole(tmp_path: Path) -> None:
    _interrupted(tmp_path / "one.json", taken=40, settled=40)
    changed = [Message("attache.post.v1", b"k", b"changed"), *MESSAGES[1:]]
    checkpoint = Checkpoint(tmp_path / "one.json")
    assert list(checkpoint.left(lambda: iter(changed))) == changed
    assert checkpoint.skipped == 0


@pytest.mark.parametrize("content", [b"", b"{", b'{"settled": "many"}', b"\xff"])
def test_a_file_that_can_not_be_read_means_from_the_beginning(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "one.json").write_bytes(content)
    assert list(Checkpoint(tmp_path / "one.json").left(_stream)) == MESSAGES


def test_cleared_it_sends_everything_again(tmp_path: Path) -> None:
    _interrupted(tmp_path / "one.json", taken=50, settled=50)
    Checkpoint(tmp_path / "one.json").clear()
    assert list(Checkpoint(tmp_path / "one.json").left(_stream)) == MESSAGES
