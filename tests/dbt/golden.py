"""Two days of one mission, written by hand: every event that changes what a number means.

Its zone is Asia/Shanghai, eight hours ahead of UTC all year.
"""

from __future__ import annotations

from tests.samples import JSON, event

MISSION, PEER = "golden", "golden-peer"


def first_events() -> list[JSON]:
    """What is landed first."""
    return [*_accounts(), *_posts(), *_counters(), *_on_the_post(), *_on_the_contest(), *_follows()]


def late_events() -> list[JSON]:
    """What arrives a drain later: of days that were landed already, and one that was landed."""
    return [
        act("comment", "c2", "x8", "2014-01-27T23:45:00+08:00"),
        act("share", "s1", "x1", "2014-01-28T08:00:00+08:00"),
        act("share", "s1", "x1", "2014-01-28T08:00:00+08:00", source="another/collector"),
        _post(
            "plain", "2014-01-27T23:30:00+08:00", "2014-01-28T08:00:00+08:00", "edited", "second"
        ),
        _post("contest", "2014-01-27T10:00:00+08:00", "2014-01-29T10:00:00+08:00", "deleted"),
    ]


def _accounts() -> list[JSON]:
    profile = {"platform": "weibo", "observed_at": "2014-01-27T09:00:00+08:00"}
    return [
        _event("account", "mission", {**profile, "account_id": MISSION, "role": "own"}),
        _event("account", "peer", {**profile, "account_id": PEER, "role": "peer"}),
    ]


def _posts() -> list[JSON]:
    contest = _post("contest", "2014-01-27T10:00:00+08:00", text="share to win")
    contest["data"] |= {"campaign": "new year", "language": "en", "hashtags": ["win"]}
    reply = _post("answer", "2014-01-28T09:00:00+08:00", text="thank you")
    reply["data"] |= {"kind": "reply", "in_reply_to": "c1"}
    peers = _post("peers", "2014-01-28T09:00:00+08:00")
    peers["data"]["account_id"] = PEER
    return [
        _post("plain", "2014-01-27T23:30:00+08:00", text="first"),
        contest,
        reply,
        _post("quiet", "2014-01-30T12:00:00+08:00"),
        peers,
    ]


def _counters() -> list[JSON]:
    data = {"platform": "weibo", "post_id": "plain"}
    later = {**data, "observed_at": "2014-01-29T00:00:00+08:00", "likes": 9, "comments": 0}
    earlier = {**data, "observed_at": "2014-01-28T00:00:00+08:00", "likes": 1, "views": 50}
    return [_event("counters", "later", later), _event("counters", "earlier", earlier)]


def _on_the_post() -> list[JSON]:
    return [
        act("like", "l1", "x1", "2014-01-27T15:59:59.999999Z"),  # the last instant of the 27th
        act("like", "l2", "x2", "2014-01-27T16:00:00Z"),  # the first of the 28th
        act("like", "l3", "x3", "2014-01-28T01:00:00+08:00"),
        act("like", "l3", "x3", "2014-01-28T01:00:00+08:00", undone_at="2014-01-28T02:00:00+08:00"),
        act("like", "l4", "x4", "2014-01-28T03:00:00+08:00"),
        act("like", "l4", "x4", "2014-01-28T03:00:00+08:00", undone_at="2014-01-28T04:00:00+08:00"),
        act("like", "l4", "x4", "2014-01-28T05:00:00+08:00"),
        act("share", "s1", "x1", "2014-01-28T08:00:00+08:00"),
        act("comment", "c1", "x5", "2014-01-28T08:30:00+08:00"),
        act("reply", "r1", "x6", "2014-01-28T09:10:00+08:00", parent_id="c1"),
        act("quote", "q1", "x7", "2014-01-28T10:00:00+08:00", text="well said"),
        act("like", "lp", "x1", "2014-01-28T10:00:00+08:00", on="peers"),
    ]


def _on_the_contest() -> list[JSON]:
    return [
        act("share", "s2", "x9", "2014-01-27T11:00:00+08:00", on="contest"),
        act("comment", "c3", "x9", "2014-01-27T11:01:00+08:00", on="contest"),
        act("like", "l5", "x11", "2014-01-27T12:00:00+08:00", on="contest"),
        act("share", "s3", "x10", "2014-01-28T12:00:00+08:00", on="contest"),
    ]


def _follows() -> list[JSON]:
    on = {"on": MISSION, "object_type": "account"}
    taken_back = "2014-01-28T15:00:00+08:00"
    return [
        act("follow", "f1", "x12", "2014-01-28T13:00:00+08:00", **on),
        act("follow", "f2", "x13", "2014-01-28T14:00:00+08:00", **on),
        act("follow", "f2", "x13", "2014-01-28T14:00:00+08:00", undone_at=taken_back, **on),
    ]


def act(
    verb: str,
    interaction_id: str,
    actor: str,
    at: str,
    *,
    on: str = "plain",
    object_type: str = "post",
    undone_at: str | None = None,
    source: str = "tests/golden",
    **more: str,
) -> JSON:
    """An interaction, or its being taken back; the same facts give the same event id."""
    time = undone_at or at
    data = {
        "platform": "weibo",
        "verb": verb,
        "actor_id": pseudonym(actor),
        "object_id": on,
        "object_type": object_type,
        "created_at": at,
        "interaction_id": interaction_id,
        "undone": undone_at is not None,
        **more,
    }
    return _event("interaction", f"{interaction_id}@{time}", data, time, source)


def pseudonym(actor: str) -> str:
    """A name in the form of a pseudonym."""
    return actor.encode().hex().rjust(32, "0")


def _post(
    post_id: str, created_at: str, at: str = "", state: str = "published", text: str | None = None
) -> JSON:
    data: JSON = {"platform": "weibo", "post_id": post_id, "account_id": MISSION}
    data |= {"created_at": created_at, "state": state}
    data |= {"text": text} if text is not None else {}
    return _event("post", f"{post_id}:{state}", data, at or created_at)


def _event(
    kind: str, event_id: str, data: JSON, time: str = "", source: str = "tests/golden"
) -> JSON:
    made = event(f"attache.{kind}.v1", event_id, data)
    return {**made, "source": source, **({"time": time} if time else {})}
