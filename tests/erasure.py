"""Somebody who is to be erased, somebody who stays, and the account that both dealt with."""

from __future__ import annotations

from typing import Any

from ingestion.erasure.erase import EraseReport, Subject, erase
from ingestion.pseudonyms import Pseudonyms
from runtime.settings import Settings
from tests.pipeline import RUN
from tests.samples import JSON, event

INTERACTION = "attache.interaction.v1"
RAW_ID, KEY = "7000000001", b"a key of the tests"
GONE = Pseudonyms(KEY).of("weibo", RAW_ID)
STAYS, OFFICIAL = "0b" * 16, "0c" * 16
SUBJECT = Subject(platform="weibo", pseudonym=GONE, raw_id=RAW_ID)


def act(number: int, actor: str, day: int, verb: str = "like", **more: Any) -> JSON:
    data = {"platform": "weibo", "verb": verb, "actor_id": actor, "interaction_id": f"i{number}"}
    data |= {"object_id": "p1", "object_type": "post"}
    data["created_at"] = f"2014-01-{day}T12:00:00+08:00"
    return event(INTERACTION, f"e{number}", data | more)


def profile(account: str, role: str, **more: Any) -> JSON:
    data = {"platform": "weibo", "account_id": account, "role": role, **more}
    data["observed_at"] = "2014-01-30T12:00:00+08:00"
    return event("attache.account.v1", f"profile-{account}", data)


def official() -> list[JSON]:
    post = {"platform": "weibo", "post_id": "p1", "account_id": "canadaweibo"}
    post["created_at"] = "2014-01-26T12:00:00+08:00"
    return [
        profile("canadaweibo", "own", actor_id=OFFICIAL, followers=9),
        event("attache.post.v1", "p1", post),
    ]


def theirs(number: int, actor: str) -> list[JSON]:
    """What one person did: two days of a post, a comment among them, a follow; and a profile."""
    return [
        act(number, actor, 27),
        act(number + 1, actor, 27, "comment", text=f"words of {actor}"),
        act(number + 2, actor, 28),
        act(number + 3, actor, 28, "follow", object_id="canadaweibo", object_type="account"),
        profile(actor, "actor", followers=3, posts=5),
    ]


LATE = [act(91, STAYS, 28, "share"), act(92, STAYS, 26, "share")]


def erase_them(settings: Settings) -> EraseReport:
    return erase(settings, RUN, [SUBJECT], "Jane Roe", dry_run=False)
