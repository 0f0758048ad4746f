"""A timeline as version 1.1 of Twitter's interface delivered it: a JSON list of tweets.

Time zone: UTC. Every `created_at` states its offset, and it is +0000.

What a timeline leaves open, and what is done about it:

- It doesn't say when it was read. Its newest tweet stands for that, for profile and counters alike.
- A retweet carries the counters of the tweet that it passes on. They are nobody's engagement with
  this account, so a retweet has no counters event.
- `id` is a number that JavaScript and spreadsheets round; `id_str` alone is read.
- Text comes with `&amp;`, `&lt;` and `&gt;`; they are turned back. Old timelines cut long tweets
  off ("truncated"); what is missing is missing.
- A language of `und` is none; `in` and `iw` are the old tags of `id` and `he`.

The account is a public one. Nobody's likes are in a timeline, so there is no actor in it.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from ingestion.contracts.events import Account, Counters, Post
from ingestion.pseudonyms import Pseudonyms
from ingestion.sources.lines import digest_of, open_unpacked
from ingestion.sources.source import Message, to_message
from runtime.errors import AttacheError

NAME = "attache/replay/twitter-v1"
PLATFORM = "x"
LANGUAGES = {"und": None, "in": "id", "iw": "he", "": None}


class _User(msgspec.Struct):
    id_str: str
    screen_name: str
    name: str
    created_at: str
    followers_count: int | None = None
    friends_count: int | None = None
    statuses_count: int | None = None
    favourites_count: int | None = None
    listed_count: int | None = None
    verified: bool | None = None
    protected: bool | None = None
    default_profile_image: bool | None = None
    description: str | None = None
    location: str | None = None
    url: str | None = None
    lang: str | None = None


class _Hashtag(msgspec.Struct):
    text: str


class _Link(msgspec.Struct):
    url: str
    expanded_url: str | None = None


class _Media(msgspec.Struct):
    type: str


class _Entities(msgspec.Struct):
    hashtags: list[_Hashtag] = []
    urls: list[_Link] = []
    media: list[_Media] = []


class _Other(msgspec.Struct):
    id_str: str


class _Tweet(msgspec.Struct):
    id_str: str
    created_at: str
    user: _User
    text: str = ""
    full_text: str = ""
    lang: str | None = None
    entities: _Entities = msgspec.field(default_factory=_Entities)
    extended_entities: _Entities | None = None
    in_reply_to_status_id_str: str | None = None
    quoted_status_id_str: str | None = None
    retweeted_status: _Other | None = None
    retweet_count: int | None = None
    favorite_count: int | None = None


@dataclass(frozen=True)
class TwitterTimeline:
    """The timeline, in memory: the interface gave 3,200 tweets at most."""

    path: Path
    tweets: list[_Tweet]
    name: str = NAME
    note: str = "Counters only: what the platform stated. Retweets carry another's and have none."

    @property
    def total(self) -> int:
        return len(self._authors()) + len(self.tweets) + sum(1 for _ in self._stated())

    @property
    def fingerprint(self) -> str:
        return f"{NAME}/{digest_of(self.path)}"

    def messages(self, pseudonyms: Pseudonyms) -> Iterator[Message]:
        times = (_instant(tweet.created_at) for tweet in self.tweets)
        observed_at = max((time for time in times if time), default="")
        for user in self._authors():
            yield account_of(user, observed_at)
        for tweet in self.tweets:
            yield post_of(tweet)
        for tweet in self._stated():
            yield counters_of(tweet, observed_at)

    def _authors(self) -> list[_User]:
        """Each account as its first tweet of the list, which is its newest, shows it."""
        return list({tweet.user.id_str: tweet.user for tweet in reversed(self.tweets)}.values())

    def _stated(self) -> Iterator[_Tweet]:
        return (tweet for tweet in self.tweets if tweet.retweeted_status is None)


def open_twitter_v1(path: Path) -> TwitterTimeline:
    """Read the timeline.

    Raises:
        AttacheError: it can't be read to its end, or it is no list of tweets.
    """
    with open_unpacked(path) as file:
        content = file.read()
    try:
        return TwitterTimeline(path, msgspec.json.decode(content, type=list[_Tweet]))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AttacheError(
            f"{path} is no timeline of version 1.1: {error}.",
            "It should be a JSON list of tweets, as statuses/user_timeline gave it.",
        ) from error


def account_of(user: _User, observed_at: str) -> Message:
    """The profile, as it was when the timeline was read."""
    data = Account(
        platform=PLATFORM,
        account_id=user.id_str,
        observed_at=observed_at,
        role="peer",
        handle=user.screen_name,
        name=user.name,
        created_at=_instant(user.created_at) or user.created_at,
        followers=user.followers_count,
        following=user.friends_count,
        posts=user.statuses_count,
        likes_given=user.favourites_count,
        listed=user.listed_count,
        verified=user.verified,
        protected=user.protected,
        default_avatar=user.default_profile_image,
        has_bio=bool(user.description),
        has_location=bool(user.location),
        has_link=bool(user.url),
        language=_language(user.lang),
    )
    event_id = f"account/{user.id_str}/{observed_at}"
    return to_message(NAME, "attache.account.v1", event_id, observed_at, data)


def post_of(tweet: _Tweet) -> Message:
    """The tweet: a share where it is a retweet, else a reply or a quote where it names one."""
    created_at = _instant(tweet.created_at) or tweet.created_at
    data = Post(
        platform=PLATFORM,
        post_id=tweet.id_str,
        account_id=tweet.user.id_str,
        created_at=created_at,
        text=html.unescape(tweet.full_text or tweet.text),
        language=_language(tweet.lang),
        in_reply_to=tweet.in_reply_to_status_id_str,
        shared_post_id=tweet.quoted_status_id_str,
        hashtags=[tag.text for tag in tweet.entities.hashtags],
        links=[link.expanded_url or link.url for link in tweet.entities.urls],
        media=sorted({item.type for item in (tweet.extended_entities or tweet.entities).media}),
    )
    if tweet.retweeted_status is not None:
        data.kind = "share"
        data.shared_post_id = tweet.retweeted_status.id_str
    elif tweet.in_reply_to_status_id_str:
        data.kind = "reply"
    elif tweet.quoted_status_id_str:
        data.kind = "quote"
    return to_message(NAME, "attache.post.v1", f"post/{tweet.id_str}", created_at, data)


def counters_of(tweet: _Tweet, observed_at: str) -> Message:
    """What the platform stated of the tweet when the timeline was read."""
    data = Counters(
        platform=PLATFORM,
        post_id=tweet.id_str,
        observed_at=observed_at,
        likes=tweet.favorite_count,
        shares=tweet.retweet_count,
    )
    event_id = f"counters/{tweet.id_str}/{observed_at}"
    return to_message(NAME, "attache.counters.v1", event_id, observed_at, data)


def _language(tag: str | None) -> str | None:
    return LANGUAGES.get(tag, tag) if tag is not None else None


def _instant(time: str) -> str | None:
    """`Sat Sep 23 21:36:01 +0000 2017` with its offset; None where it is no such date."""
    try:
        return datetime.strptime(time, "%a %b %d %H:%M:%S %z %Y").isoformat()
    except ValueError:
        return None
