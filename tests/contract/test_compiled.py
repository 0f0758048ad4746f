"""The compiled loops on hostile bytes: nothing is read out of bounds, nothing bad is taken."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from ingestion.contracts.compiled import Walk
from ingestion.contracts.events import event_class
from ingestion.contracts.plain import MOST_CHOICES
from ingestion.contracts.scan import PADDING
from ingestion.native import build, library
from ingestion.records import read_records
from tests.contract.test_plain import GOOD, INTERACTION, plain_places
from tests.fetching import taken

if library.library() is None and find_spec("ziglang") is None:
    pytest.skip("there is no C compiler for this kind of machine", allow_module_level=True)

MARKS = b'\0\x1f !",:0\\u}~\x7f\x80\xbf\xc0\xe2\xff'
"""Bytes at which something begins, ends or is forbidden."""


def changed(name: str, value: str) -> bytes:
    event = msgspec.json.decode(GOOD, type=event_class(INTERACTION))
    setattr(event.data, name, value)
    return msgspec.json.encode(event)


def test_the_loops_are_compiled() -> None:
    assert library.library() is not None, "make .venv compiles them"


def test_every_byte_changed_in_turn() -> None:
    places = range(len(GOOD))
    broken = [GOOD[:at] + bytes([mark]) + GOOD[at + 1 :] for at in places for mark in MARKS]
    assert plain_places([GOOD, *broken]) > {0}


def test_cut_off_at_every_length() -> None:
    cut: list[bytes | None] = [GOOD[:length] for length in range(len(GOOD))]
    assert plain_places([*cut, GOOD]) == {len(GOOD)}


def test_every_wide_character_and_each_that_is_none() -> None:
    behind = [b"", b"\x7f", b"\xc0", b"\x80", b"\xbf", b"\x80\x80", b"\xbf\xbf", b"\x80\xbf\x80"]
    texts = [bytes([lead]) + more for lead in range(0x80, 0x100) for more in behind]
    for lead, size in {0xE0: 1, 0xED: 1, 0xF0: 2, 0xF4: 2}.items():
        texts += [bytes([lead, second, *[0x80] * size]) for second in range(0x80, 0xC0)]
    good = changed("text", "TEXT")
    values: list[bytes | None] = [good.replace(b"TEXT", text) for text in texts]
    readable = {place for place, text in enumerate(texts) if is_utf8(text)}
    assert 0 < len(readable) < len(texts)
    assert plain_places(values) == readable


def is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_values_of_a_pattern_are_asked_about_once() -> None:
    languages = ["zh", "en", "zh-CN", "4", "zh"]
    values: list[bytes | None] = [changed("language", language) for language in languages]
    assert plain_places(values) == {0, 1, 2, 4}


def test_who_asks_too_often_goes_a_longer_way() -> None:
    letters = [f"{a}{b}" for a in "abcdefgh" for b in "abcdefgh"]
    values: list[bytes | None] = [changed("language", letter) for letter in letters]
    assert plain_places(values) == set(range(MOST_CHOICES))


def is_plain(views: list[list[int]], bodies: list[bytes]) -> list[bool]:
    """Views are two words each: the length, and where the bytes are."""
    loops = library.library()
    assert loops is not None
    words = np.array(views, dtype=np.uint64)
    buffers = [None, pa.py_buffer(words), *map(pa.py_buffer, bodies)]
    values = pa.Array.from_buffers(pa.binary_view(), len(views), buffers)
    walk = Walk(loops, INTERACTION, len(views), 1 << 16)
    walk.over(values)
    found: list[bool] = walk.values().is_plain.tolist()
    return found


def test_a_record_may_end_where_its_bytes_do_and_no_later() -> None:
    size = len(GOOD)
    assert is_plain([[size, 0], [size, 1 << 32]], [GOOD]) == [True, False]
    assert is_plain([[size, 0]], [GOOD[:-1]]) == [False]


def test_a_view_that_points_past_the_end_is_not_followed() -> None:
    places = [1, 2**31 - 1, 2**32 - 1]
    assert is_plain([[len(GOOD), at << 32] for at in places], [GOOD + PADDING]) == [False] * 3


def test_a_view_into_a_body_that_there_is_none_of_is_not_followed() -> None:
    bodies = [0, 1, 2, 2**32 - 1]
    found = is_plain([[len(GOOD), body] for body in bodies], [GOOD, GOOD])
    assert found == [True, True, False, False]


def test_values_outlive_the_bytes_that_they_came_in() -> None:
    def walked(count: int) -> list[dict[str, Any]]:
        loops = library.library()
        assert loops is not None
        bodies = [bytearray(b"".join([GOOD, b"no event", GOOD])) for _ in range(count)]
        places = [(at, n) for n in range(count) for at in (0, len(GOOD) - 1, len(GOOD) + 8)]
        words = np.array([[len(GOOD), n | at << 32] for at, n in places], dtype=np.uint64)
        buffers = [None, pa.py_buffer(words), *map(pa.py_buffer, bodies)]
        values = pa.Array.from_buffers(pa.binary_view(), len(places), buffers)
        walk = Walk(loops, INTERACTION, len(places), 1 << 16)
        walk.over(values)
        for body in bodies:
            body[:] = bytes(len(body))
        found = walk.values()
        assert np.flatnonzero(~found.is_plain).tolist() == list(range(1, len(places), 3))
        rows = pa.RecordBatch.from_pydict(found.columns).to_pylist()
        return [row for row, is_plain in zip(rows, found.is_plain, strict=True) if is_plain]

    plain = taken(INTERACTION, [GOOD])[0].to_pylist()[0]
    found = walked(3)
    assert found == [{name: plain[name] for name in found[0]}] * 6


RECORD = bytes([18, 0, 0, 0, 2]) + b"k" + bytes([4]) + b"{}" + bytes([0])
"""Length, attributes, two deltas, a key, a value, no headers."""


def test_batches_cut_off_at_every_length() -> None:
    batch = RECORD * 3
    assert read_records([batch], [3]).values.to_pylist() == [b"{}"] * 3
    for length in range(len(batch)):
        with pytest.raises(ValueError, match="end before 3 records do"):
            read_records([batch[:length]], [3])


def test_batches_with_every_byte_changed_point_to_nothing_outside() -> None:
    batch = RECORD * 2
    for at in range(len(batch)):
        for byte in range(256):
            body = batch[:at] + bytes([byte]) + batch[at + 1 :]
            try:
                found = read_records([body], [2])
            except ValueError:
                continue
            for column in (found.keys, found.values):
                assert all(value is None or value in body for value in column.to_pylist())


def test_a_length_without_end_is_an_error() -> None:
    with pytest.raises(ValueError, match="end before"):
        read_records([b"\xff" * 40], [1])


def test_a_source_that_is_refused_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "records.c"
    source.write_text("no C at all")
    monkeypatch.setattr(build, "SOURCE", source)
    monkeypatch.setattr(build, "library_path", lambda: tmp_path / "records-new.so")
    with pytest.raises(build.CompileError, match="works without it") as refused:
        build.build()
    assert "error:" in refused.value.message
    assert list(tmp_path.iterdir()) == [source]


def test_room_is_used_again_when_nobody_needs_what_is_in_it() -> None:
    def walked(text: str) -> pa.Table:
        return taken(INTERACTION, [changed("text", text)])[0]

    def place(table: pa.Table) -> int:
        return int(table["text"].chunk(0).buffers()[2].address)

    first, second = walked("the first text of all"), walked("another text, of the next")
    assert first["text"].to_pylist() == ["the first text of all"]
    places = [place(first), place(second)]
    assert len({*places}) == 2
    del first
    third = walked("a third, where the first one was")
    assert place(third) == places[0]
    assert second["text"].to_pylist() == ["another text, of the next"]
    assert third["text"].to_pylist() == ["a third, where the first one was"]
