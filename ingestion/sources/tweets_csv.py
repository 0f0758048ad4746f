"""An official's tweets as a spreadsheet saved them: text, counters, and ids that it destroyed.

Time zone: UTC. The file doesn't say so; what is told in the tweets happened at these hours in UTC,
and read so the authors sleep at night in Washington.

What the file leaves open, and what is done about it:

- The spreadsheet kept three digits of each id: `1.20E+18` stands for dozens of tweets, and is no
  id of any. It is kept beside the post as `stated_id`, in `extra`, and the id is made of what the
  row says: author, minute, and a digest of the text. An id that is whole is taken as it is.
- An answer's `in_reply_to_status_id` is destroyed likewise: it is a reply to nobody knows what.
- The author is not in the file. Its name without the ending stands for the account.
- It doesn't say when counters were read; its newest tweet stands for that.
- Text has no links and comes with `&amp;`, which is turned back. There are no retweets in it.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from ingestion.contracts.events import Account, Counters, Post
from ingestion.pseudonyms import Pseudonyms
from ingestion.sources.lines import digest_of, read_rows
from ingestion.sources.source import Message, to_message

NAME = "attache/replay/tweets-csv"
PLATFORM = "x"

_WHOLE_ID = re.compile(r"\d{1,25}", re.ASCII)
_LISTED = re.compile(r"'([^']*)'")


class _Row(msgspec.Struct, array_like=True, frozen=True):
    created_at: str
    id: str
    clean_text: str
    favorite_count: str
    retweet_count: str
    tweet_media: str
    hashtag_text: str
    in_reply_to_screen_name: str
    in_reply_to_status_id: str
    is_quote_status: str

    @property
    def is_reply(self) -> bool:
        return bool(self.in_reply_to_screen_name or self.in_reply_to_status_id)


class TweetOfTable(Post, kw_only=True):
    """A post with the id that the file states, which the contract doesn't know."""

    stated_id: str | None = None


@dataclass(frozen=True)
class TweetTable:
    """The file, read once for each kind of event.

    Attributes:
        row_count, destroyed_count: its rows, and those whose id is none.
        observed_at: when the newest tweet was published.
    """

    path: Path
    row_count: int
    destroyed_count: int
    observed_at: str
    name: str = NAME

    @property
    def account_id(self) -> str:
        return self.path.name.split(".")[0]

    @property
    def total(self) -> int:
        return 1 + 2 * self.row_count

    @property
    def note(self) -> str:
        return (
            f"Counters only. {self.destroyed_count:,} of {self.row_count:,} ids were destroyed by "
            "a spreadsheet; those posts have one that is made of author, minute and text."
        )

    @property
    def fingerprint(self) -> str:
        return f"{NAME}/{self.account_id}/{digest_of(self.path)}"

    def messages(self, pseudonyms: Pseudonyms) -> Iterator[Message]:
        data = Account(
            platform=PLATFORM,
            account_id=self.account_id,
            observed_at=self.observed_at,
            role="peer",
        )
        event_id = f"account/{self.account_id}/{self.observed_at}"
        yield to_message(NAME, "attache.account.v1", event_id, self.observed_at, data)
        for row in _rows(self.path):
            yield self._post_of(row)
        for row in _rows(self.path):
            yield self._counters_of(row)

    def _post_of(self, row: _Row) -> Message:
        post_id = self._id_of(row)
        created_at = _instant(row.created_at) or row.created_at
        data = TweetOfTable(
            platform=PLATFORM,
            post_id=post_id,
            account_id=self.account_id,
            created_at=created_at,
            text=html.unescape(row.clean_text),
            kind=_kind(row),
            hashtags=_LISTED.findall(row.hashtag_text),
            media=[row.tweet_media] if row.tweet_media else [],
            stated_id=None if post_id == row.id else row.id,
        )
        return to_message(NAME, "attache.post.v1", f"post/{post_id}", created_at, data)

    def _counters_of(self, row: _Row) -> Message:
        post_id = self._id_of(row)
        data = Counters(
            platform=PLATFORM,
            post_id=post_id,
            observed_at=self.observed_at,
            likes=_count(row.favorite_count),
            shares=_count(row.retweet_count),
        )
        event_id = f"counters/{post_id}/{self.observed_at}"
        return to_message(NAME, "attache.counters.v1", event_id, self.observed_at, data)

    def _id_of(self, row: _Row) -> str:
        if _WHOLE_ID.fullmatch(row.id):
            return row.id
        minute = re.sub(r"\D", "", _instant(row.created_at) or "")[:12] or "undated"
        digest = hashlib.sha256(row.clean_text.encode()).hexdigest()[:16]
        return f"{self.account_id}-{minute}-{digest}"


def open_tweets_csv(path: Path) -> TweetTable:
    """Read the file through once: its newest tweet, its ids, and whether it is whole.

    Raises:
        AttacheError: it can't be read to its end, or it isn't this table.
    """
    rows = destroyed = 0
    observed_at = ""
    for row in _rows(path):
        rows += 1
        destroyed += not _WHOLE_ID.fullmatch(row.id)
        observed_at = max(observed_at, _instant(row.created_at) or "")
    return TweetTable(path, rows, destroyed, observed_at)


def _rows(path: Path) -> Iterator[_Row]:
    return (_Row(*fields) for _, fields in read_rows(path, _Row.__struct_fields__))


def _kind(row: _Row) -> Literal["original", "reply", "quote"]:
    if row.is_reply:
        return "reply"
    return "quote" if row.is_quote_status == "TRUE" else "original"


def _instant(text: str) -> str | None:
    """`11/18/19 20:37` in UTC; None where it is no such date."""
    try:
        return datetime.strptime(f"{text} +0000", "%m/%d/%y %H:%M %z").isoformat()
    except ValueError:
        return None


def _count(text: str) -> Any:
    """The number; null for nothing; else the text as found, which the landing will refuse."""
    return int(text) if text.isascii() and text.isdigit() else text or None
