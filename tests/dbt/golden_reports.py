"""A small quarter for the reports, written by hand: each account tells one story.

loud         twelve posts with 1 to 11 likes and 400: an outlier, links, themes
chat         one post and a conversation under it; thirteen followers, twelve of them
             known, of whom three were bought
quiet, mute  a post in January and one in March; quiet follows others, of mute that is not known
canadaweibo  the own account of the register: followers that jump, an event, follows
usembassy-beijing, ukembassy-beijing   its peers; of the second only a profile was seen

All but the last three are unregistered, on a platform whose days are UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.samples import JSON, event

CANADA, US, UK = "canadaweibo", "usembassy-beijing", "ukembassy-beijing"
OWN_ACTOR, US_ACTOR, CHAT_ACTOR = "a" * 32, "b" * 32, "c" * 32
LIKES = [*range(1, 12), 400]
FOLLOWERS = [1000, 1010, 1019, 1030, 1041, 1050, 1062, 1072, 1084, 1400, 1414, 1427]
PERSON = {"followers": 410, "following": 380, "posts": 2600, "listed": 6, "likes_given": 900}
BOUGHT = {"followers": 1, "following": 1900, "posts": 0, "default_avatar": True, "has_bio": False}
CROWD: dict[str, dict[str, Any]] = {
    f"{9_000 + n:032}": PERSON if n < 9 else BOUGHT for n in range(12)
}
"""Who follows chat, but for one that was never seen."""
EVENT = date(2014, 2, 9)
OWN_BEFORE, OWN_AFTER = [1, 2, 1, 1, 2, 2, 1, 2, 1, 1], [3, 4, 3, 3, 5, 4, 3, 3, 4, 3]
US_BEFORE, US_AFTER = [1, 1, 2, 1, 1, 2, 1, 1, 2, 2], [2, 1, 2, 2, 1, 2, 2, 3, 2, 2]


def report_events() -> list[JSON]:
    """Everything that is landed."""
    return [*_loud(), *_chat(), *_rare("quiet", 50), *_rare("mute", None), *_missions()]


def _loud() -> Iterator[JSON]:
    yield account("loud", following=3, posts=12)
    for day, likes in enumerate(LIKES, start=1):
        said: dict[str, Any] = {"language": "en" if day == 12 else "fr"}
        if day <= 6:
            said |= {"hashtags": ["加拿大新闻"]}
        else:
            said |= {"text": "nothing that a rule knows"}
        said |= {"links": ["https://Blog.example/a"]} if day in (2, 4) else {}
        said |= {"links": ["https://blog.example/b", "https://other.example/"]} if day == 3 else {}
        at = f"2014-01-{day:02}T10:00:00Z"
        yield post(f"loud-{day}", "loud", at, **said)
        yield from (
            act("like", f"loud-{day}-{n}", f"{n:032}", f"2014-01-{day:02}T11:00:00Z", f"loud-{day}")
            for n in range(likes)
        )
    yield counters("loud-2", views=2_000, link_clicks=50, likes=2, shares=1, comments=3)
    yield counters("loud-3", views=1_000, link_clicks=10)
    yield counters("loud-4", views=500)


def _chat() -> Iterator[JSON]:
    yield account("chat", actor_id=CHAT_ACTOR, followers=len(CROWD) + 1)
    for name, profile in CROWD.items():
        yield account(name, role="actor", **profile)
        seven = "2014-01-01T07:00:00Z"
        yield act("follow", f"of-{name}", name, seven, "chat", object_type="account")
    yield post("chat-1", "chat", "2014-01-01T10:00:00Z")
    noon = "2014-01-01T12:00:00Z"
    for name in ("answered", "by-post", "threaded", "stranger", "late"):
        yield act("comment", name, name.encode().hex().rjust(32, "0"), noon, "chat-1")
    yield act("comment", "own", CHAT_ACTOR, noon, "chat-1")
    yield act("comment", "undone", "d" * 32, noon, "chat-1", undone=True)
    yield reply("r1", CHAT_ACTOR, "2014-01-01T13:00:00Z", "answered")
    yield reply("r1-again", CHAT_ACTOR, "2014-01-01T18:00:00Z", "answered")
    yield post("p1", "chat", "2014-01-01T14:00:00Z", kind="reply", in_reply_to="by-post")
    yield reply("r2", "e" * 32, "2014-01-01T15:00:00Z", "threaded")
    yield reply("r3", "f" * 32, "2014-01-01T16:00:00Z", "r2")
    yield reply("itself", "f" * 32, "2014-01-01T16:00:00Z", "itself")
    yield post("p2", "loud", "2014-01-01T14:00:00Z", kind="reply", in_reply_to="stranger")
    yield reply("r4", CHAT_ACTOR, "2014-01-02T12:00:00Z", "late")


def _rare(name: str, following: int | None) -> Iterator[JSON]:
    yield account(name, following=following)
    yield post(f"{name}-1", name, "2014-01-01T10:00:00Z")
    yield post(f"{name}-2", name, "2014-03-31T10:00:00Z")


def _missions() -> Iterator[JSON]:
    weibo = {"platform": "weibo"}
    for number, followers in enumerate(FOLLOWERS, start=1):
        at = f"2014-01-{number:02}T12:00:00+08:00"
        yield account(CANADA, at, followers=followers, following=10, actor_id=OWN_ACTOR, **weibo)
    opened = "2014-02-20T00:00:00+08:00"
    yield account(US, role="peer", followers=4_000, created_at=opened, actor_id=US_ACTOR, **weibo)
    yield account(UK, role="peer", followers=500, **weibo)
    for name, counts in ((CANADA, OWN_BEFORE + OWN_AFTER), (US, US_BEFORE + US_AFTER)):
        for offset, count in enumerate(counts, start=-len(OWN_BEFORE)):
            day = EVENT + timedelta(days=offset)
            for number in range(count):
                at = datetime(day.year, day.month, day.day, number + 1, tzinfo=UTC).isoformat()
                yield post(f"{name}-{day}-{number}", name, at, **weibo)
    first = f"{CANADA}-{EVENT}-0"
    for number in range(14):
        yield act("like", f"fan-{number}", f"{number:032}", "2014-02-10T10:00:00Z", first, **weibo)
    follow = {"object_type": "account", **weibo}
    yield act("follow", "f1", OWN_ACTOR, "2014-01-05T10:00:00Z", US, **follow)
    yield act("follow", "f2", OWN_ACTOR, "2014-01-06T10:00:00Z", UK, **follow)
    yield act("follow", "f3", US_ACTOR, "2014-01-07T10:00:00Z", CANADA, **follow)


def account(name: str, at: str = "2014-01-01T08:00:00Z", role: str = "own", **more: object) -> JSON:
    data = {"account_id": name, "role": role, "observed_at": at, **more}
    return _event("account", f"{name}@{at}", data, at)


def post(name: str, by: str, at: str, **more: object) -> JSON:
    return _event("post", name, {"post_id": name, "account_id": by, "created_at": at, **more}, at)


def counters(of: str, **counts: int) -> JSON:
    at = "2014-01-31T00:00:00Z"
    return _event("counters", of, {"post_id": of, "observed_at": at, **counts}, at)


def reply(name: str, actor: str, at: str, to: str) -> JSON:
    return act("reply", name, actor, at, "chat-1", parent_id=to)


def act(verb: str, name: str, actor: str, at: str, on: str, **more: object) -> JSON:
    data: JSON = {"verb": verb, "actor_id": actor, "object_id": on, "object_type": "post"}
    data |= {"created_at": at, "interaction_id": name, **more}
    return _event("interaction", name, data, at)


def _event(kind: str, name: str, data: JSON, at: str) -> JSON:
    known = {field: value for field, value in data.items() if value is not None}
    made = event(f"attache.{kind}.v1", f"{kind}/{name}", {"platform": "mastodon", **known})
    return {**made, "time": at}
