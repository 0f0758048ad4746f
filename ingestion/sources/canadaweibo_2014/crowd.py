"""Who acted on a post, and when: generated people, the regular ones again and again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Literal, NamedTuple

from ingestion.sources.canadaweibo_2014.plan import PlannedPost
from ingestion.sources.canadaweibo_2014.texts import load_texts

Verb = Literal["like", "share", "comment"]

REGULARS = 20_000
"""People who may come to any post; the first of them come most often."""
CROWD = 90_000
"""The regulars and those whom only the contest brought."""
LOYALTY = 3.0
"""Exponent of how much more often the first regulars come."""
DECAY_HOURS = 8.0
CONTEST_DECAY_HOURS = 30.0
LONGEST_DAYS = 21
NIGHT = range(1, 7)
"""Hours in which most people sleep: an action drawn there is mostly drawn again."""


class Action(NamedTuple):
    """One action; `actor` numbers the people of the crowd."""

    at: datetime
    verb: Verb
    actor: int
    text: str | None


def actions_on(post: PlannedPost, until: datetime, rng: Random) -> Iterator[Action]:
    """What the post earned, in order of time, at most one action by an actor and verb.

    Args:
        until: the last instant that an action may have.
    """
    draw = [
        *(("like", actor) for actor in _regulars(post.earns.likes, rng)),
        *_shares_and_comments(post, rng),
    ]
    timed = sorted((_instant(post, until, rng), verb, actor) for verb, actor in draw)
    for at, verb, actor in timed:
        text = _comment(rng) if verb == "comment" else None
        yield Action(at, verb, actor, text)


def _shares_and_comments(post: PlannedPost, rng: Random) -> Iterator[tuple[Verb, int]]:
    if post.campaign is None:
        sharers = _regulars(post.earns.shares, rng)
        commenters = _regulars(post.earns.comments, rng)
    else:
        sharers = rng.sample(range(CROWD), post.earns.shares)
        commenters = rng.sample(sharers, post.earns.comments)
    yield from (("share", actor) for actor in sharers)
    yield from (("comment", actor) for actor in commenters)


def _regulars(count: int, rng: Random) -> list[int]:
    chosen: dict[int, None] = {}
    while len(chosen) < count:
        chosen[int(REGULARS * rng.random() ** LOYALTY)] = None
    return list(chosen)


def _instant(post: PlannedPost, until: datetime, rng: Random) -> datetime:
    """An exponential decay after the post, cut off at `until`, with quiet nights."""
    decay = (DECAY_HOURS if post.campaign is None else CONTEST_DECAY_HOURS) * 3600
    left = min((until - post.published_at).total_seconds(), LONGEST_DAYS * 86_400)
    reach = 1 - math.exp(-left / decay)
    for _ in range(4):
        seconds = int(-decay * math.log(1 - rng.random() * reach))
        instant = post.published_at + timedelta(seconds=seconds)
        if instant.hour not in NIGHT:
            break
    return instant


def _comment(rng: Random) -> str:
    words = load_texts().comments
    thoughts = rng.sample(words.thoughts, rng.choice((1, 1, 2)))
    return "，".join(thoughts) + rng.choice(words.endings)  # noqa: RUF001
