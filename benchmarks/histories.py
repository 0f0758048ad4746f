"""Generated histories of official accounts: what people did, as arrays, and planted inflation.

The people of a history come by habit (the first of the crowd most often), act on posts with an
exponential decay, and never twice on one post with one verb. What is planted stands apart, so that
a test or a benchmark knows whom it should find.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Texts = npt.NDArray[np.str_]
Seconds = npt.NDArray[np.int64]

DAY = 86_400
START = 1_388_505_600  # 2014-01-01 00:00 in Asia/Shanghai, as seconds since 1970
VERBS = ("like", "share", "comment")


@dataclass(frozen=True)
class Actions:
    """Actions on posts or accounts, one place in each array an action.

    Attributes:
        second: seconds since 1970.
        object_type: `post` or `account`, for all of them.
    """

    actor: Texts
    target: Texts
    second: Seconds
    verb: Texts
    object_type: str = "post"

    def __len__(self) -> int:
        return len(self.second)


@dataclass(frozen=True)
class Posts:
    """The posts of one account."""

    account: str
    post: Texts
    second: Seconds


def posts_of(account: str, days: int, per_day: float, rng: np.random.Generator) -> Posts:
    """Posts in the daytime of each day, fewer on weekends."""
    weekday = (np.arange(days) + 2) % 7  # 1 January 2014 was a Wednesday
    counts = rng.poisson(np.where(weekday >= 5, 0.6, 1.15) * per_day)
    day = np.repeat(np.arange(days), counts)
    second = START + day * DAY + rng.integers(8 * 3600, 20 * 3600, len(day))
    second.sort()
    names = np.array([f"{account}-{n}" for n in range(len(second))], dtype=np.str_)
    return Posts(account, names, second.astype(np.int64))


@dataclass(frozen=True)
class Crowd:
    """Who comes to the posts of an account, and how.

    Attributes:
        size: how many there are.
        per_post: mean actions a post.
        spread: standard deviation of the logarithm of a post's actions: how unequal posts are.
        decay: mean seconds between a post and an action on it.
        loyalty: exponent of how much more often the first of them come.
        haste: standard deviation of the logarithm of how fast each person is.
    """

    size: int = 5_000
    per_post: float = 150
    spread: float = 0.4
    decay: float = 8 * 3600
    loyalty: float = 2.0
    haste: float = 0.5
    verbs: tuple[float, ...] = (0.2, 0.55, 0.25)
    name: str = "fan"


def crowd_actions(posts: Posts, crowd: Crowd, rng: np.random.Generator) -> Actions:
    """What a crowd did to an account's posts, the last of it perhaps after the last post."""
    mean = crowd.per_post * np.exp(
        rng.normal(-(crowd.spread**2) / 2, crowd.spread, len(posts.post))
    )
    index = np.repeat(np.arange(len(posts.post)), rng.poisson(mean))
    person = (crowd.size * rng.random(len(index)) ** crowd.loyalty).astype(np.int64)
    verb = rng.choice(len(VERBS), len(index), p=crowd.verbs)
    once = np.unique(np.stack([index, person, verb]), axis=1)
    index, person, verb = once
    haste = np.exp(rng.normal(0, crowd.haste, crowd.size))
    after = rng.exponential(crowd.decay, len(index)) * haste[person]
    return Actions(
        actor=_names(f"{posts.account}-{crowd.name}", person),
        target=posts.post[index],
        second=posts.second[index] + after.astype(np.int64),
        verb=np.array(VERBS, dtype=np.str_)[verb],
    )


def burst(
    actors: Sequence[str] | Texts,
    targets: Sequence[str] | Texts,
    starts: Sequence[int] | Seconds,
    within: float,
    rng: np.random.Generator,
    verb: str = "share",
    object_type: str = "post",
) -> Actions:
    """Every actor acts on every target, within so many seconds of the target's start."""
    who = np.tile(np.asarray(actors, dtype=np.str_), len(targets))
    when = np.repeat(np.asarray(starts, dtype=np.int64), len(actors))
    return Actions(
        actor=who,
        target=np.repeat(np.asarray(targets, dtype=np.str_), len(actors)),
        second=when + (rng.random(len(who)) * within).astype(np.int64),
        verb=np.full(len(who), verb),
        object_type=object_type,
    )


def people(name: str, count: int) -> Texts:
    """So many actors of one name: `name-0`, `name-1`."""
    return _names(name, np.arange(count))


def _names(name: str, numbers: npt.NDArray[Any]) -> Texts:
    return np.char.add(f"{name}-", numbers.astype(np.str_))


def joined(parts: Sequence[Actions]) -> Actions:
    """Several actions as one, all on things of one type."""
    return Actions(
        actor=np.concatenate([part.actor for part in parts]),
        target=np.concatenate([part.target for part in parts]),
        second=np.concatenate([part.second for part in parts]),
        verb=np.concatenate([part.verb for part in parts]),
        object_type=parts[0].object_type,
    )


def until(actions: Actions, second: int) -> Actions:
    """Those of the actions that were done before a second."""
    return kept(actions, actions.second < second)


def kept(actions: Actions, which: npt.NDArray[np.bool_]) -> Actions:
    """Those of the actions that an array says true of."""
    return Actions(
        actor=actions.actor[which],
        target=actions.target[which],
        second=actions.second[which],
        verb=actions.verb[which],
        object_type=actions.object_type,
    )
