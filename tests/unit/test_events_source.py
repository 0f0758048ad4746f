"""Contract events from a file: sent byte for byte, in order of dependency, nothing left out."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from ingestion.pseudonyms import Pseudonyms
from ingestion.sources.events import open_events
from ingestion.sources.source import Message
from runtime.errors import AttacheError, WrongUseError
from tests.samples import contract_events, encode_lines, event

SOME_KEY = Pseudonyms(b"not used by this source")


def read(path: Path) -> list[Message]:
    return list(open_events(path).messages(SOME_KEY))


def read_bytes(tmp_path: Path, content: bytes) -> list[Message]:
    path = tmp_path / "events"
    path.write_bytes(content)
    return read(path)


def test_events_go_to_their_topics_with_their_keys_accounts_first(tmp_path: Path) -> None:
    messages = read_bytes(tmp_path, encode_lines(contract_events()))
    assert [(m.event_type, m.key) for m in messages] == [
        ("attache.account.v1", b"weibo:a1"),
        ("attache.post.v1", b"weibo:a1"),
        ("attache.interaction.v1", b"weibo:p1"),
        ("attache.counters.v1", b"weibo:p1"),
    ]


def test_lines_are_sent_as_they_are(tmp_path: Path) -> None:
    line = json.dumps({"extra": 1.50, **contract_events()[0]}, indent=None).encode() + b"  "
    (message,) = read_bytes(tmp_path, line + b"\r\n")
    assert message.value == line


def test_gzip_is_told_by_its_content_and_reads_the_same(tmp_path: Path) -> None:
    plain = encode_lines(contract_events())
    packed = tmp_path / "events.txt"
    packed.write_bytes(gzip.compress(plain))
    assert read(packed) == read_bytes(tmp_path, plain)


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b"\xff\xfe\x00",
        b"[1, 2]",
        b'{"type": "attache.post.v2", "data": {}}',
        b'{"type": 3}',
        b'{"no": "type"}',
        b'{"type": "attache.post.v1"',
    ],
)
def test_a_line_of_no_known_type_goes_to_the_posts_as_found(tmp_path: Path, line: bytes) -> None:
    (message,) = read_bytes(tmp_path, b"\n \n" + line + b"\n")
    assert message == Message("attache.post.v1", b"line:3", line)


@pytest.mark.parametrize(
    "data", [{"platform": "weibo"}, {"platform": 3, "object_id": "p1"}, {"object_id": "p1"}, {}, []]
)
def test_a_known_type_keeps_its_topic_where_the_key_can_not_be_read(
    tmp_path: Path, data: object
) -> None:
    broken = {**event("attache.interaction.v1", "i1", {}), "data": data}
    (message,) = read_bytes(tmp_path, encode_lines([broken]))
    assert (message.event_type, message.key) == ("attache.interaction.v1", b"line:1")


def test_the_total_counts_lines_that_are_not_blank(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(b"\n" + encode_lines(contract_events()) + b"\n  \nbad")
    assert open_events(path).total == 5 == len(read(path))


def test_an_empty_file_has_no_events(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, b"") == []


def test_a_missing_file_and_a_folder_are_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="no file"):
        open_events(tmp_path / "missing")
    with pytest.raises(WrongUseError, match="is a folder"):
        open_events(tmp_path)


@pytest.mark.parametrize("damage", ["cut", "crc", "middle"])
def test_a_damaged_gzip_is_refused_before_anything_is_sent(tmp_path: Path, damage: str) -> None:
    packed = bytearray(gzip.compress(encode_lines(contract_events() * 50)))
    if damage == "cut":
        del packed[-20:]
    else:
        packed[-6 if damage == "crc" else len(packed) // 2] ^= 0xFF
    path = tmp_path / "events.gz"
    path.write_bytes(packed)
    with pytest.raises(AttacheError, match="not a whole gzip"):
        open_events(path)
