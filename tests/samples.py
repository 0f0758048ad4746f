"""Sample data that the tests make for themselves: small, and with every trap of the real thing."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from ingestion.contracts.events import Event, event_class
from ingestion.sources.source import Message

JSON = dict[str, Any]

CED_AUTHOR = "1000000001"
CED_DOMAIN_ACTOR = "some.domain-name"
CED_NO_YEAR = "02月06日 17:45"


def as_written(payload: bytes, kind: str) -> bytes:
    """A good event as our producers write it: the struct's order, no white space, no defaults."""
    return msgspec.json.encode(msgspec.json.decode(payload, type=event_class(kind)))


def ced_archive() -> list[JSON]:
    """A CED archive of five cascades with every trap of the real one.

    Seven dated reposts (one of them found twice), two without a year; an author in two cascades who
    reposts himself; an author without a profile; a cascade without events, one without a dated one.
    """
    return [
        _cascade(
            "yAaaaaaa1",
            CED_AUTHOR,
            [
                ced_repost("yB0000001", "2000000001", "2012-09-16 15:05:11", text="转发微博"),
                ced_repost("yB0000002", "2000000002", "2012-09-14 01:24:55", parent="yB0000001"),
                ced_repost("yB0000003", CED_DOMAIN_ACTOR, "2012-09-11 23:59:59"),
                ced_repost("yB0000004", CED_AUTHOR, "2012-09-12 00:00:00", text="#宁波# 谢谢"),
                ced_repost("yB0000005", "2000000001", CED_NO_YEAR),
            ],
            text="#宁波#今天下午",
        ),
        _cascade(
            "yAaaaaaa2",
            CED_AUTHOR,
            [
                ced_repost("yB0000006", "2000000001", "2012-10-01 08:00:00"),
                ced_repost("yB0000006", "2000000001", "2012-10-01 08:00:00"),
                ced_repost("yB0000007", "2000000003", "2016-02-06 17:45:00"),
            ],
            profile=_profile(followers=60_000),
        ),
        _cascade(
            "yAaaaaaa3",
            "1000000003",
            [ced_repost("yB0000008", "2000000001", "2012-08-08 13:26:00")],
            profile="empty",
            published="Wed Aug 08 13:25:02 +0800 2012",
        ),
        _cascade("yAaaaaaa4", "author.domain", []),
        _cascade(
            "yAaaaaaa5", "1000000005", [ced_repost("yB0000009", "2000000004", "12月31日 00:00")]
        ),
    ]


def ced_repost(mid: str, uid: str, date: str, text: str = "", parent: str = "") -> JSON:
    """One event of a cascade."""
    return {"kids": [], "uid": uid, "parent": parent, "text": text, "mid": mid, "date": date}


def event(event_type: str, event_id: str, data: JSON) -> JSON:
    """A contract event around some data."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "tests/samples",
        "type": event_type,
        "time": "2014-01-27T10:00:00+08:00",
        "data": data,
    }


def contract_events() -> list[JSON]:
    """Good contract events, one of each kind, what refers to others standing first."""
    instant = "2014-01-27T10:00:00+08:00"
    post = {"platform": "weibo", "post_id": "p1", "account_id": "a1", "created_at": instant}
    share = {
        "platform": "weibo",
        "verb": "share",
        "actor_id": "0f" * 16,
        "object_id": "p1",
        "object_type": "post",
        "created_at": instant,
        "interaction_id": "i1",
    }
    account = {"platform": "weibo", "account_id": "a1", "observed_at": instant, "role": "own"}
    counters = {"platform": "weibo", "post_id": "p1", "observed_at": instant, "shares": 1}
    return [
        event("attache.interaction.v1", "i1", share),
        event("attache.counters.v1", "c1", counters),
        event("attache.post.v1", "p1", post),
        event("attache.account.v1", "a1", account),
    ]


def decode(message: Message) -> Event[Any]:
    """The event of a message, checked against the contract."""
    kind = event_class(message.event_type)
    decoded: Event[Any] = msgspec.json.decode(message.value, type=kind)
    return decoded


def encode_lines(documents: Sequence[JSON]) -> bytes:
    """One JSON document a line."""
    return b"".join(json.dumps(d, ensure_ascii=False).encode() + b"\n" for d in documents)


def write_ced(path: Path, cascades: Sequence[JSON] | None = None) -> Path:
    """Write an archive as it is delivered, gzipped lines; returns the path."""
    path.write_bytes(gzip.compress(encode_lines(ced_archive() if cascades is None else cascades)))
    return path


def _profile(followers: int = 227_833) -> JSON:
    return {
        "verified": False,
        "description": True,
        "gender": "f",
        "messages": 5_653,
        "followers": followers,
        "location": "上海",
        "time": 1_312_112_304,
        "friends": 907,
        "verified_type": -1,
    }


def _cascade(
    mid: str,
    uid: str,
    events: list[JSON],
    text: str = "正文",
    profile: JSON | str | None = None,
    published: int | str = 1_347_334_462,
) -> JSON:
    return {
        "post_mid": mid,
        "post_uid": uid,
        "post": {
            "multi": None,
            "text": text,
            "user": profile or _profile(),
            "has_url": False,
            "comments": 55,
            "pics": 1,
            "source": "微博 weibo.com",
            "likes": 0,
            "time": published,
            "reposts": 225,
        },
        "events": events,
    }
