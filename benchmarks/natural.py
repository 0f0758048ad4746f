"""Natural histories of official accounts, four of months or two, with nothing planted in them.

Three kinds: generated; with the sizes, people and timing of real cascades; and Canadaweibo's two
months, reconstructed with their contest. Followers and profiles are generated in all of them.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from functools import cache, lru_cache
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

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
    crowd_actions,
    joined,
    kept,
    people,
    posts_of,
)
from benchmarks.profiles import profiles_of_ghosts, profiles_of_people
from ingestion.sources.canadaweibo_2014.crowd import actions_on
from ingestion.sources.canadaweibo_2014.plan import PlannedPost, plan_posts
from ingestion.sources.canadaweibo_2014.published import load_published

FOLLOWERS, FOLLOWS_A_DAY = 20_000, 25
POSTS_A_DAY, ACTIONS_A_DAY, FANS, PASSERS = 3.0, 300, Crowd(4_000, 100), 60_000
KNOWN, NATURAL_GHOSTS, PASSING_GHOSTS = 0.9, 0.03, 0.05
BURST_EVERY_DAYS, PASSERS_A_POST = 20, 500
# Of real cascades, those that are no larger than most; where days are smaller, they are too
REAL_LEAST, REAL_MOST = 20, 1_000
CONTEST = "contest"


@dataclass(frozen=True)
class Schedule:
    """How long a history is, how much of it stays clean, and how far apart plantings begin."""

    clean_days: int
    gap_days: int
    days: int


LONG, TWO_MONTHS = Schedule(60, 10, 110), Schedule(24, 7, 59)


@dataclass
class History:
    """One account: what was done to it, and which of its days are not natural.

    Attributes:
        actions: those of the usual posts, the follows, and what else there is.
        a_day: actions of a usual day.
        prize: posts of a declared contest, on which nothing is planted.
        planted: first day, last day and strength of each planting.
        sizes: natural actions of the first day of each.
        followers: stated followers at the end of each day.
    """

    account: str
    kind: str
    posts: Posts
    actions: list[Actions]
    a_day: int
    schedule: Schedule = LONG
    prize: Posts | None = None
    profiles: list[pa.Table] = field(default_factory=list)
    followers: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    planted: list[tuple[int, int, float]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def plants(self, first: int, last: int, strength: float, size: int) -> None:
        self.planted.append((first, last, strength))
        self.sizes.append(size)


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
    posts = posts_of(account, LONG.days, POSTS_A_DAY, rng)
    fans = replace(FANS, per_post=a_day / POSTS_A_DAY)
    usual = _real(posts, archive, a_day, rng) if archive else crowd_actions(posts, fans, rng)
    passing = _bursts(posts, (0, 1, 0) if archive else FANS.verbs, a_day / ACTIONS_A_DAY, rng)
    history = History(account, kind, posts, [joined([usual, passing])], a_day)
    return _with_people(history, usual, passing, rng)


def canadaweibo(account: str, kind: str, seed: int, rng: np.random.Generator) -> History:
    """The reconstruction of one seed, as an account of its own; its contest stands apart."""
    (posts, usual), (prize, contest) = (_named(account, *part) for part in _reconstruction(seed))
    a_day = len(usual) // TWO_MONTHS.days
    history = History(account, kind, posts, [usual, contest], a_day, TWO_MONTHS, prize)
    return _with_people(history, usual, contest, rng)


def _with_people(
    history: History, usual: Actions, strange: Actions, rng: np.random.Generator
) -> History:
    """The history with profiles of most of its people, with ghosts as everywhere, and followers."""
    days = history.schedule.days
    follows = rng.poisson(FOLLOWS_A_DAY, days)
    day = np.repeat(np.arange(days), follows)
    followers = people(f"{history.account}-follower", len(day))
    second = START + day * DAY + rng.integers(0, DAY, len(day))
    target = np.full(len(day), history.account)
    following = Actions(followers, target, second, np.full(len(day), "follow"), "account")
    usually, ghosts = _profiles(np.unique(usual.actor), NATURAL_GHOSTS, rng)
    strangers = np.setdiff1d(strange.actor, usual.actor)
    passers, passing = _profiles(strangers, PASSING_GHOSTS, rng)
    others, _ = _profiles(followers, NATURAL_GHOSTS, rng)
    both = np.concatenate([ghosts, passing])
    history.actions = [*(_quieter(part, both, rng) for part in history.actions), following]
    history.profiles = [*usually, *passers, *others]
    history.followers = FOLLOWERS + np.cumsum(follows)
    return history


def _bursts(
    posts: Posts, verbs: tuple[float, ...], scale: float, rng: np.random.Generator
) -> Actions:
    """Posts that strangers come to: half within the hour, half over days, as to a contest."""
    chosen = rng.choice(len(posts.post), LONG.days // BURST_EVERY_DAYS, replace=False)
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


@lru_cache(1)
def _reconstruction(seed: int) -> list[tuple[Posts, Actions]]:
    """Posts and what was done on them: of the usual ones, then of the contest."""
    published = load_published()
    until = datetime.combine(published.last_date, time(23, 59, 59), ZoneInfo(published.time_zone))
    planned = plan_posts(published, seed)
    usual = [post for post in planned if post.campaign is None]
    contest = [post for post in planned if post.campaign is not None]
    return [_acted_on(posts, until, seed) for posts in (usual, contest)]


def _acted_on(planned: list[PlannedPost], until: datetime, seed: int) -> tuple[Posts, Actions]:
    rows = [
        (str(action.actor), post.post_id, int(action.at.timestamp()), str(action.verb))
        for post in planned
        for action in actions_on(post, until, Random(f"{seed}/{post.post_id}"))  # noqa: S311
    ]
    actor, target, second, verb = (np.array(column) for column in zip(*rows, strict=True))
    names = np.array([post.post_id for post in planned])
    published = np.array([int(post.published_at.timestamp()) for post in planned])
    return Posts("", names, published), Actions(actor, target, second, verb)


def _named(account: str, posts: Posts, actions: Actions) -> tuple[Posts, Actions]:
    """The same, as the posts of an account and the actors of its crowd."""
    mine = Posts(account, np.char.add(f"{account}-", posts.post), posts.second)
    return mine, replace(
        actions,
        actor=np.char.add(f"{account}-fan-", actions.actor),
        target=np.char.add(f"{account}-", actions.target),
    )
