"""The parts that generated posts and comments are put together from, typed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

TEXTS_FILE = Path(__file__).with_name("texts.toml")


class Theme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the eight published themes; its posts carry its hashtag."""

    name: str
    hashtag: str
    bodies: tuple[str, ...]


class ContestWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the contest post says."""

    hashtag: str
    text: str


class CommentWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A comment is one or two thoughts and an ending."""

    thoughts: tuple[str, ...]
    endings: tuple[str, ...]


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All parts."""

    places: tuple[str, ...]
    openings: tuple[str, ...]
    closings: tuple[str, ...]
    contest: ContestWords
    themes: tuple[Theme, ...]
    comments: CommentWords


@cache
def load_texts() -> Texts:
    """Read `texts.toml`."""
    return msgspec.toml.decode(TEXTS_FILE.read_bytes(), type=Texts)
