"""Histories with inflation planted in them: who is planted where, how strongly, and on which days.

An account carries one kind of inflation at every strength, each on days of its own after two months
of clean past; a slow drip takes a month, so an account carries it at one strength only.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.histories import (
    DAY,
    START,
    Actions,
    Crowd,
    Posts,
    Texts,
    burst,
    crowd_actions,
    joined,
    kept,
    people,
    posts_of,
)
from benchmarks.profiles import profiles_of_ghosts, profiles_of_people

KINDS = ("bought followers", "bought likes", "lockstep shares", "comment spam", "slow drip")
DAY_SHARES = (0.02, 0.05, 0.1, 0.2, 0.4)
FOLLOWER_SHARES = (0.001, 0.0025, 0.005, 0.01, 0.02)
CLEAN_DAYS, GAP_DAYS, DRIP_DAYS, RING_DAYS = 60, 10, 30, 4
DAYS = CLEAN_DAYS + GAP_DAYS * len(DAY_SHARES)
FOLLOWERS, FOLLOWS_A_DAY = 20_000, 25
POSTS_A_DAY, ACTIONS_A_DAY, FANS, PASSERS = 3.0, 300, Crowd(4_000, 100), 60_000
KNOWN, NATURAL_GHOSTS, PASSING_GHOSTS = 0.9, 0.03, 0.05
BURST_EVERY_DAYS, PASSERS_A_POST = 20, 500
# Of real cascades, those that are no larger than most; where days are smaller, they are too
REAL_LEAST, REAL_MOST = 20, 1_000
# Of a usual day's actions, those that a day must have to be planted on
BUSY = 2 / 3


@dataclass
class History:
    """One account: what was done to it, and which of its days are not natural.

    Attributes:
        a_day: actions of a usual day.
        planted: first day, last day and strength of each planting.
        sizes: natural actions of the first day of each.
        followers: stated followers at the end of each day.
    """

    account: str
    kind: str
    posts: Posts
    actions: list[Actions]
    profiles: list[pa.Table]
    followers: npt.NDArray[np.int64]
    a_day: int = ACTIONS_A_DAY
    planted: list[tuple[int, int, float]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def plants(self, first: int, last: int, strength: float, size: int) -> None:
        self.planted.append((first, last, strength))
        self.sizes.append(size)


def strengths(kind: str) -> tuple[float, ...]:
    """The strengths a kind is planted at: shares of followers, or of a day's actions."""
    return FOLLOWER_SHARES if kind == "bought followers" else DAY_SHARES


def natural_history(
    account: str,
    kind: str,
    rng: np.random.Generator,
    archive: Path | None,
    a_day: int = ACTIONS_A_DAY,
) -> History:
    """Four months in which nothing is planted, but for what happens: weekends, and posts that a
    celebrity shares or that are contests nobody declared. Strangers come to those, and a few more
    of them are ghosts.

    Args:
        archive: real cascades whose sizes, people and timing the posts have; generated without it.
        a_day: actions of a usual day; of real cascades, those that such a day's posts may have.
    """
    posts = posts_of(account, DAYS, POSTS_A_DAY, rng)
    fans = replace(FANS, per_post=a_day / POSTS_A_DAY)
    usual = _real(posts, archive, a_day, rng) if archive else crowd_actions(posts, fans, rng)
    passing = _bursts(posts, (0, 1, 0) if archive else FANS.verbs, a_day / ACTIONS_A_DAY, rng)
    follows = rng.poisson(FOLLOWS_A_DAY, DAYS)
    day = np.repeat(np.arange(DAYS), follows)
    followers = people(f"{account}-follower", len(day))
    second = START + day * DAY + rng.integers(0, DAY, len(day))
    target = np.full(len(day), account)
    following = Actions(followers, target, second, np.full(len(day), "follow"), "account")
    usually, ghosts = _profiles(np.unique(usual.actor), NATURAL_GHOSTS, rng)
    passers, strange = _profiles(np.unique(passing.actor), PASSING_GHOSTS, rng)
    others, _ = _profiles(followers, NATURAL_GHOSTS, rng)
    done = _quieter(joined([usual, passing]), np.concatenate([ghosts, strange]), rng)
    profiles = [*usually, *passers, *others]
    stated = FOLLOWERS + np.cumsum(follows)
    return History(account, kind, posts, [done, following], profiles, stated, a_day)


def _bursts(
    posts: Posts, verbs: tuple[float, ...], scale: float, rng: np.random.Generator
) -> Actions:
    """Posts that strangers come to: half within the hour, half over days, as to a contest."""
    chosen = rng.choice(len(posts.post), DAYS // BURST_EVERY_DAYS, replace=False)
    halves = [(chosen[::2], 1_200), (chosen[1::2], 16 * 3600)]
    return joined(
        [
            crowd_actions(
                Posts(posts.account, posts.post[some], posts.second[some]),
                Crowd(
                    *(PASSERS, PASSERS_A_POST * scale),
                    decay=decay,
                    loyalty=1.0,
                    verbs=verbs,
                    name=f"passer-{decay}",
                ),
                rng,
            )
            for some, decay in halves
        ]
    )


def _profiles(
    actors: Texts, ghosts: float, rng: np.random.Generator
) -> tuple[list[pa.Table], Texts]:
    """Profiles of most of the actors, and who of them are ghosts."""
    known = actors[rng.random(len(actors)) < KNOWN]
    ghost = rng.random(len(known)) < ghosts
    return [profiles_of_people(known[~ghost], rng), profiles_of_ghosts(known[ghost], rng)], known[
        ghost
    ]


def _quieter(actions: Actions, ghosts: Texts, rng: np.random.Generator) -> Actions:
    """Ghosts of no vendor write less than people do: half of their comments were never made."""
    silent = np.isin(actions.actor, ghosts) & (actions.verb == "comment")
    return kept(actions, ~silent | (rng.random(len(actions)) < 0.5))


def plant(history: History, number: int, rng: np.random.Generator) -> None:
    """Plant the history's kind, at every strength or, for a drip, at one that `number` chooses."""
    wanted = strengths(history.kind)
    if history.kind == "slow drip":
        strength = wanted[number % len(wanted)]
        for day in range(CLEAN_DAYS, CLEAN_DAYS + DRIP_DAYS):
            _sell(history, day, strength, "like", 14 * 3600, rng)
        size = _natural(history, CLEAN_DAYS)
        history.plants(CLEAN_DAYS, CLEAN_DAYS + DRIP_DAYS - 1, strength, size)
        return
    for place in rng.permutation(len(wanted)):
        day = _busy_day(history, CLEAN_DAYS + GAP_DAYS * int(place))
        last = _plant_once(history, day, wanted[place], rng)
        history.plants(day, last, wanted[place], _natural(history, day))


def _plant_once(history: History, day: int, strength: float, rng: np.random.Generator) -> int:
    """Plant one strength from a day on. Returns its last day."""
    match history.kind:
        case "bought likes":
            _sell(history, day, strength, "like", 8 * 3600, rng)
        case "comment spam":
            _sell(history, day, strength, "comment", 6 * 3600, rng)
        case "bought followers":
            _sell_followers(history, day, strength, rng)
        case "lockstep shares":
            return _lockstep(history, day, strength, rng)
    return day


def _sell(
    history: History, day: int, share: float, verb: str, within: float, rng: np.random.Generator
) -> None:
    """Ghosts act on the two latest posts, each once."""
    ghosts = people(f"{history.account}-sold-{verb}-{day}", _count(history, day, share))
    post, start = _latest(history, day, 2)
    halves = [(post[n : n + 1], ghosts[n :: len(post)]) for n in range(len(post))]
    for target, actors in halves:
        history.actions.append(burst(actors, target, [start], within, rng, verb))
    history.profiles.append(profiles_of_ghosts(ghosts, rng))


def _sell_followers(history: History, day: int, share: float, rng: np.random.Generator) -> None:
    count = int(share * history.followers[day - 1])
    ghosts = people(f"{history.account}-sold-follow-{day}", count)
    start = START + day * DAY + 9 * 3600
    target = [history.account]
    history.actions.append(burst(ghosts, target, [start], 6 * 3600, rng, "follow", "account"))
    history.profiles.append(profiles_of_ghosts(ghosts, rng))
    history.followers[day:] += count


def _lockstep(history: History, day: int, share: float, rng: np.random.Generator) -> int:
    """A ring nobody has profiles of shares two posts a day within a minute, four days in a row."""
    ring = people(f"{history.account}-ring-{day}", max(_count(history, day, share) // 2, 1))
    for on in range(day, day + RING_DAYS):
        post, start = _latest(history, on, 2)
        starts = start + rng.integers(0, 6 * 3600, len(post))
        history.actions.append(burst(ring, post, starts, 60, rng, "share"))
    return day + RING_DAYS - 1


def _busy_day(history: History, day: int) -> int:
    """The first day from this one on that has enough actions to take a share of."""
    busy = [d for d in range(day, day + RING_DAYS) if _natural(history, d) >= BUSY * history.a_day]
    return busy[0] if busy else day


def _count(history: History, day: int, share: float) -> int:
    """How many planted actions are that share of the day, the planted ones among it."""
    return max(round(_natural(history, day) * share / (1 - share)), 1)


def _natural(history: History, day: int) -> int:
    second = history.actions[0].second
    start = START + day * DAY
    return int(np.count_nonzero((second >= start) & (second < start + DAY)))


def _latest(history: History, day: int, count: int) -> tuple[Texts, int]:
    """The latest posts before a day's morning, and that morning."""
    start = START + day * DAY + 9 * 3600
    before = np.flatnonzero(history.posts.second < start)[-count:]
    return history.posts.post[before], start


def _real(posts: Posts, archive: Path, a_day: int, rng: np.random.Generator) -> Actions:
    """Cascades of the archive, moved to the times of the posts."""
    scale = a_day / ACTIONS_A_DAY
    cascades = [
        cascade
        for cascade in _cascades(archive)
        if REAL_LEAST * scale <= len(cascade[1]) <= REAL_MOST * scale
    ]
    parts = []
    # each cascade once: the same people in the same seconds on two posts would be a planted group
    chosen = rng.permutation(len(cascades))
    for number, post, second in zip(chosen, posts.post, posts.second, strict=False):
        actors, after = cascades[int(number)]
        parts.append(
            Actions(
                np.char.add(f"{posts.account}-", actors),
                np.full(len(after), post),
                second + after,
                np.full(len(after), "share"),
            )
        )
    return joined(parts)


@cache
def _cascades(archive: Path) -> list[tuple[Texts, npt.NDArray[np.int64]]]:
    """People, and seconds since the first repost, of each cascade that isn't empty."""
    cascades = []
    with gzip.open(archive, "rt") as lines:
        for line in lines:
            events = [
                e
                for e in json.loads(line)["events"]
                if len(e["date"]) == len("2012-01-01 00:00:00")
            ]
            second = np.array([e["date"].replace(" ", "T") for e in events], dtype="datetime64[s]")
            if len(second) > 0:
                after = second.astype(np.int64)
                actors = np.array([e["uid"] for e in events], dtype=np.str_)
                cascades.append((actors, after - after.min()))
    return cascades
