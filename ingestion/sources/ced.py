"""The CED archive of Weibo cascades (Song et al. 2018): one post a line, with its reposts.

Time zone: Asia/Shanghai. The archive's dates are Beijing's local time; China has had no summer time
since 1991, so every date of it is +08:00.

What the archive leaves open, and what is done about it:

- It doesn't say when a profile or a counter was read. The last dated event of the cascade stands
  for it, or the post's own time where no event has a date.
- Some events have a date without a year ("02月06日 17:45"). They are sent as found and end as dead
  letters: no year is guessed.
- Some authors have no profile (`"user": "empty"`). They give an account event with the id alone.
- `parent` is the event that was passed on; empty means the post itself, and becomes null.

A post's author is a public account. Every actor is pseudonymised, the author too where he acts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TypeVar

import msgspec

from ingestion.contracts.events import Account, Counters, Interaction, Post
from ingestion.pseudonyms import Pseudonyms
from ingestion.sources.lines import digest_of, read_lines
from ingestion.sources.source import Message, to_message
from runtime.errors import AttacheError

NAME = "attache/replay/ced"
PLATFORM = "weibo"
BEIJING = timezone(timedelta(hours=8))

_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_HASHTAG = re.compile(r"#([^#\n]+)#")


class _Dated(msgspec.Struct, gc=False):
    date: str


class _Repost(_Dated, gc=False, kw_only=True):
    uid: str
    mid: str
    parent: str = ""
    text: str = ""


class _Profile(msgspec.Struct):
    followers: int
    friends: int
    messages: int
    verified: bool
    description: bool
    location: str
    time: int


class _Body(msgspec.Struct):
    text: str
    time: int | str
    user: _Profile | str
    likes: int
    reposts: int
    comments: int
    pics: int = 0


class _Glance(msgspec.Struct):
    """A cascade as far as its author and its post need it."""

    post_mid: str
    post_uid: str
    post: _Body
    events: Sequence[_Dated]


class _Cascade(_Glance):
    events: Sequence[_Repost]


@dataclass(frozen=True)
class CedArchive:
    """The archive, read once for each kind of event, a line at a time."""

    path: Path
    total: int | None
    name: str = NAME
    note: str = "Observed reposts are a part of what the platform's counters state: never add them."

    @property
    def fingerprint(self) -> str:
        return f"{NAME}/{digest_of(self.path)}"

    def messages(self, pseudonyms: Pseudonyms) -> Iterator[Message]:
        for glance in _cascades(self.path, _glances):
            yield account_of(glance)
        for glance in _cascades(self.path, _glances):
            yield post_of(glance)
        for cascade in _cascades(self.path, _whole):
            yield counters_of(cascade)
            for repost in cascade.events:
                yield share_of(cascade.post_mid, repost, pseudonyms)


def open_ced(path: Path) -> CedArchive:
    """Read the archive through once, so that a damaged one is refused before anything is sent.

    Raises:
        AttacheError: it can't be read to its end, or a line is no cascade. Such a line isn't sent
            as found, because it would carry raw ids of actors.
    """
    return CedArchive(
        path, total=sum(3 + len(cascade.events) for cascade in _cascades(path, _whole))
    )


def account_of(cascade: _Glance) -> Message:
    """The author's profile, as it was when this cascade was read: one event for each cascade."""
    observed_at = _observed_at(cascade)
    profile = cascade.post.user
    data = Account(
        platform=PLATFORM, account_id=cascade.post_uid, observed_at=observed_at, role="peer"
    )
    if isinstance(profile, _Profile):
        data.created_at = _instant(profile.time)
        data.followers = profile.followers
        data.following = profile.friends
        data.posts = profile.messages
        data.verified = profile.verified
        data.has_bio = profile.description
        data.has_location = profile.location not in ("", "其他")  # Weibo's "elsewhere"
    event_id = f"account/{cascade.post_uid}/{cascade.post_mid}"
    return to_message(NAME, "attache.account.v1", event_id, observed_at, data)


def post_of(cascade: _Glance) -> Message:
    """The post itself; the archive has original posts only and doesn't state their language."""
    created_at = _instant(cascade.post.time)
    data = Post(
        platform=PLATFORM,
        post_id=cascade.post_mid,
        account_id=cascade.post_uid,
        created_at=created_at,
        text=cascade.post.text,
        hashtags=_HASHTAG.findall(cascade.post.text),
        media=["photo"] if cascade.post.pics else None,
    )
    return to_message(NAME, "attache.post.v1", f"post/{cascade.post_mid}", created_at, data)


def counters_of(cascade: _Glance) -> Message:
    """What the platform stated of the post."""
    observed_at = _observed_at(cascade)
    data = Counters(
        platform=PLATFORM,
        post_id=cascade.post_mid,
        observed_at=observed_at,
        likes=cascade.post.likes,
        shares=cascade.post.reposts,
        comments=cascade.post.comments,
    )
    event_id = f"counters/{cascade.post_mid}"
    return to_message(NAME, "attache.counters.v1", event_id, observed_at, data)


def share_of(post_mid: str, repost: _Repost, pseudonyms: Pseudonyms) -> Message:
    """One repost. Its id names the post as well: one message can stand in two cascades."""
    created_at = _local(repost.date)
    data = Interaction(
        platform=PLATFORM,
        verb="share",
        actor_id=pseudonyms.of(PLATFORM, repost.uid),
        object_id=post_mid,
        object_type="post",
        created_at=created_at,
        interaction_id=repost.mid,
        parent_id=repost.parent or None,
        text=repost.text or None,
    )
    event_id = f"share/{post_mid}/{repost.mid}"
    return to_message(NAME, "attache.interaction.v1", event_id, created_at, data)


def _observed_at(cascade: _Glance) -> str:
    dates = [repost.date for repost in cascade.events]
    if dates and not _DATE.fullmatch(max(dates)):
        dates = [date for date in dates if _DATE.fullmatch(date)]
    return _local(max(dates)) if dates else _instant(cascade.post.time)


def _local(date: str) -> str:
    return f"{date[:10]}T{date[11:]}+08:00" if _DATE.fullmatch(date) else date


def _instant(time: int | str) -> str:
    if isinstance(time, int):
        return datetime.fromtimestamp(time, BEIJING).isoformat()
    try:
        return datetime.strptime(time, "%a %b %d %H:%M:%S %z %Y").isoformat()
    except ValueError:
        return time


_glances = msgspec.json.Decoder(_Glance)
_whole = msgspec.json.Decoder(_Cascade)
_GlanceT = TypeVar("_GlanceT", bound=_Glance)


def _cascades(path: Path, decoder: msgspec.json.Decoder[_GlanceT]) -> Iterator[_GlanceT]:
    for number, line in read_lines(path):
        try:
            yield decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise AttacheError(
                f"Line {number} of {path} is no cascade: {error}.",
                "Check that this is the CED archive, then copy it again.",
            ) from error
