"""Posts of Facebook pages with their reactions, one a row ("Facebook Live sellers", Dehouche).

Time zone: UTC-05:00, all year. The file has the columns of a public scraper of page posts, and that
one took five hours from the interface's UTC, in summer too. The posts agree: the pages are in
Thailand, and read so they are silent from two to eight in the morning there. Read as UTC they would
fall silent at nine in the evening.

What the file leaves open, and what is done about it:

- A spreadsheet wrote it: dates are `4/22/2018 6:00`, and `4/12/18 06:00` where the day could be
  a month. Both are month first: only so do the posts of each page stand in order of time.
- It doesn't say when counters were read. The latest post of the file stands for it.
- It names pages by number only; they are public.
- Some posts stand in it twice, two of them with two dates. The dates are two statements about one
  post, so they are two events; the warehouse takes the earlier.
- `num_reactions` is what the platform states in all, `num_likes` and five more are its kinds. A
  like is `num_likes`; the others are kept beside it, in `extra`. `ops_source_findings` says where
  the kinds don't add up.

A field that is no date or no number is sent as found and becomes a dead letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ingestion.contracts.events import Account, Counters, Post
from ingestion.pseudonyms import Pseudonyms
from ingestion.sources.lines import digest_of, read_rows
from ingestion.sources.source import Message, to_message

NAME = "attache/replay/facebook-live"
PLATFORM = "facebook"
OFFSET = "-05:00"
KINDS = ("loves", "wows", "hahas", "sads", "angrys")
COLUMNS = (
    *("status_id", "status_type", "status_published", "num_shares", "num_comments"),
    *("num_reactions", "num_likes", *(f"num_{kind}" for kind in KINDS)),
)

_DATE = re.compile(r"(\d\d?)/(\d\d?)/(?:20)?(\d\d) (\d\d?):(\d\d)", re.ASCII)
_NUMBER = re.compile(r"-?\d+", re.ASCII)


class StatedReactions(Counters, kw_only=True):
    """Counters with the kinds of reaction, which the contract doesn't know and keeps in `extra`."""

    reactions: int | None
    loves: int | None
    wows: int | None
    hahas: int | None
    sads: int | None
    angrys: int | None


class _Row(msgspec.Struct, array_like=True, frozen=True):
    status_id: str
    status_type: str
    status_published: str
    shares: str
    comments: str
    reactions: str
    likes: str
    loves: str
    wows: str
    hahas: str
    sads: str
    angrys: str

    @property
    def page_id(self) -> str:
        """The part of the id before its underscore; nothing where there is none."""
        page_id, _, number = self.status_id.partition("_")
        return page_id if number else ""


@dataclass(frozen=True)
class FacebookLive:
    """The file, read once for each kind of event.

    Attributes:
        pages: the ids of the pages, in order of appearance.
        observed_at: when the newest post was published.
    """

    path: Path
    total: int | None
    pages: tuple[str, ...]
    observed_at: str
    name: str = NAME
    note: str = "Counters only: what the platform stated. Nobody's single like is in this file."

    @property
    def fingerprint(self) -> str:
        return f"{NAME}/{digest_of(self.path)}"

    def messages(self, pseudonyms: Pseudonyms) -> Iterator[Message]:
        for page_id in self.pages:
            yield account_of(page_id, self.observed_at)
        for row in _rows(self.path):
            yield post_of(row)
        for row in _rows(self.path):
            yield counters_of(row, self.observed_at)


def open_facebook_live(path: Path) -> FacebookLive:
    """Read the file through once: its pages, its newest post, and whether it is whole.

    Raises:
        AttacheError: it can't be read to its end, or it isn't this table.
    """
    pages: dict[str, None] = {}
    observed_at = ""
    count = 0
    for row in _rows(path):
        pages[row.page_id] = None
        observed_at = max(observed_at, _instant(row.status_published) or "")
        count += 1
    return FacebookLive(path, len(pages) + 2 * count, tuple(pages), observed_at)


def account_of(page_id: str, observed_at: str) -> Message:
    """A page, of which the file has the id alone."""
    data = Account(platform=PLATFORM, account_id=page_id, observed_at=observed_at, role="peer")
    event_id = f"account/{page_id}/{observed_at}"
    return to_message(NAME, "attache.account.v1", event_id, observed_at, data)


def post_of(row: _Row) -> Message:
    """The post. Another date of the same post is another event."""
    instant = _instant(row.status_published)
    created_at = instant or row.status_published
    data = Post(
        platform=PLATFORM,
        post_id=row.status_id,
        account_id=row.page_id,
        created_at=created_at,
        media=[row.status_type] if row.status_type in ("photo", "video") else None,
    )
    event_id = f"post/{row.status_id}" + (f"/{instant}" if instant else "")
    return to_message(NAME, "attache.post.v1", event_id, created_at, data)


def counters_of(row: _Row, observed_at: str) -> Message:
    """What the platform stated of the post, its kinds of reaction too."""
    data = StatedReactions(
        platform=PLATFORM,
        post_id=row.status_id,
        observed_at=observed_at,
        likes=_count(row.likes),
        shares=_count(row.shares),
        comments=_count(row.comments),
        reactions=_count(row.reactions),
        **{kind: _count(getattr(row, kind)) for kind in KINDS},
    )
    event_id = f"counters/{row.status_id}/{observed_at}"
    return to_message(NAME, "attache.counters.v1", event_id, observed_at, data)


def _rows(path: Path) -> Iterator[_Row]:
    return (_Row(*fields) for _, fields in read_rows(path, COLUMNS))


def _instant(text: str) -> str | None:
    """A date of the file with its zone; None where it is no date."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    month, day, year, hour, minute = map(int, found.groups())
    return f"20{year:02}-{month:02}-{day:02}T{hour:02}:{minute:02}:00{OFFSET}"


def _count(text: str) -> Any:
    """The number; null for nothing; else the text as found, which the landing will refuse."""
    return int(text) if _NUMBER.fullmatch(text) else text or None
