"""A generated world for the guard: natural crowds that look odd, and what is planted among them."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.histories import (
    DAY,
    START,
    Actions,
    Crowd,
    Posts,
    Seconds,
    Texts,
    burst,
    crowd_actions,
    people,
    posts_of,
)
from benchmarks.profiles import profiles_of_ghosts, profiles_of_people
from benchmarks.raw_rows import add_actions, add_counters, add_posts, add_profiles

DAYS = 90
RINGS: dict[str, tuple[int, int, int]] = {
    "ring-a": (20, 10, 45),
    "ring-b": (8, 6, 120),
    "ring-c": (30, 12, 900),
    "ring-d": (6, 8, 60),
}
"""Planted lockstep groups: actors, targets, seconds within which they act."""
CONTEST_ACTORS = 1_500
SOLD = {"sold-like": 60, "sold-comment": 80, "sold-follow": 2_000, "sold-slowly": 40}
"""Accounts without anybody behind them, by what was sold."""
LIKES_DAY, COMMENTS_DAY, SLOW_DAY, FOLLOWERS_DAY = 62, 70, 75, 80
LATER_JUMP_DAY, LATER_JUMP = 87, 700
COUNTERS_DAY, QUIET_DAY, AFTER_DAY, UNEXPLAINED = 58, 67, 91, 400
"""On these days what the platform states of the islet's posts grows by more than anybody did: one
of many actions, one on which nothing was counted, and one after all that was ever counted."""


def fill(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Land the whole world, in several batches."""
    rng = np.random.default_rng(2014)
    embassy = posts_of("embassy", DAYS, 2, rng)
    star = posts_of("star", DAYS, 0.8, rng)
    islet = posts_of("islet", DAYS, 1.2, rng)
    _add_accounts(warehouse)
    contest = str(embassy.post[40])
    add_posts(warehouse, embassy, {contest: "new year"})
    add_posts(warehouse, star)
    add_posts(warehouse, islet)
    add_actions(warehouse, crowd_actions(embassy, Crowd(), rng))
    # everybody at once: a celebrity, and a small place whose friends come within minutes
    add_actions(
        warehouse,
        crowd_actions(star, Crowd(size=4_000, per_post=1_000, decay=900, haste=1.0), rng),
    )
    friends = crowd_actions(islet, Crowd(size=150, per_post=50, decay=600, loyalty=1.0), rng)
    add_actions(warehouse, friends)
    add_counters(warehouse, _stated(islet, friends))
    crowd = people("embassy-contestant", CONTEST_ACTORS)
    starts = np.array([embassy.second[40]])
    add_actions(warehouse, burst(crowd, np.array([contest]), starts, 2 * DAY, rng))
    for name, (size, targets, within) in RINGS.items():
        ring = people(name, size)
        add_actions(warehouse, burst(ring, *_some(embassy, targets, rng), within, rng))
    _add_profiles(warehouse, rng)
    _inflate(warehouse, embassy, rng)


def _add_profiles(warehouse: duckdb.DuckDBPyConnection, rng: np.random.Generator) -> None:
    """Nine in ten of the embassy's people have been looked at, and all that was sold."""
    fans = people("embassy-fan", Crowd().size)
    known = fans[rng.random(len(fans)) < 0.9]
    add_profiles(warehouse, "actor", profiles_of_people(known, rng))
    for name, count in SOLD.items():
        careful = name == "sold-slowly"
        ghosts = profiles_of_ghosts(people(name, count), rng, careful=careful)
        add_profiles(warehouse, "actor", ghosts)


def _inflate(
    warehouse: duckdb.DuckDBPyConnection, embassy: Posts, rng: np.random.Generator
) -> None:
    """Each kind of inflation on a day of its own."""

    def on(day: int, count: int = 2) -> tuple[Texts, Seconds]:
        start = START + day * DAY
        chosen = np.flatnonzero(embassy.second < start)[-count:]
        return embassy.post[chosen], np.full(len(chosen), start + 10 * 3600)

    likers = people("sold-like", SOLD["sold-like"])
    add_actions(warehouse, burst(likers, *on(LIKES_DAY), 8 * 3600, rng, "like"))
    talkers = people("sold-comment", SOLD["sold-comment"])
    add_actions(warehouse, burst(talkers, *on(COMMENTS_DAY, 1), 6 * 3600, rng, "comment"))
    # an order carried out all day, evenly, by aged accounts with a picture and a description
    slow = people("sold-slowly", SOLD["sold-slowly"])
    add_actions(warehouse, burst(slow, *on(SLOW_DAY, 2), 13.9 * 3600, rng, "like"))
    followers = people("sold-follow", SOLD["sold-follow"])
    target, start = np.array(["embassy"]), np.array([START + FOLLOWERS_DAY * DAY + 36_000])
    add_actions(warehouse, burst(followers, target, start, 3600, rng, "follow", "account"))


def _stated(posts: Posts, done: Actions) -> pa.Table:
    """What the platform states of each post on its first days: a tenth more than was done to it."""
    number = np.repeat(np.arange(len(posts.post)), 4)
    day = (posts.second[number] - START) // DAY + np.tile(np.arange(4), len(posts.post))
    read = START + day * DAY + 23 * 3600
    by_post = [np.sort(done.second[done.target == post]) for post in posts.post]
    counted = [np.searchsorted(by_post[n], at) for n, at in zip(number, read, strict=True)]
    likes = (np.array(counted) * 1.1).astype(np.int64)
    for on in (COUNTERS_DAY, QUIET_DAY, AFTER_DAY):
        bought = np.flatnonzero(day == on)[-1]
        likes[(number == number[bought]) & (day >= on)] += UNEXPLAINED
    return pa.table({"post": posts.post[number], "second": read, "likes": likes})


def _some(posts: Posts, count: int, rng: np.random.Generator) -> tuple[Texts, np.ndarray]:
    """Some posts, and for each the second at which a ring strikes."""
    chosen = rng.choice(len(posts.post), count, replace=False)
    return posts.post[chosen], posts.second[chosen] + rng.integers(600, 6 * 3600, count)


def _add_accounts(warehouse: duckdb.DuckDBPyConnection) -> None:
    for role, names in {"own": ["embassy"], "peer": ["star", "islet"]}.items():
        for name in names:
            days = np.arange(DAYS)
            followers = 100_000 + 90 * days + (days * 37 % 50)
            if name == "embassy":
                followers = followers + np.where(days >= FOLLOWERS_DAY, SOLD["sold-follow"], 0)
                followers = followers + np.where(days >= LATER_JUMP_DAY, LATER_JUMP, 0)
            profiles = pa.table(
                {
                    "account": pa.array([name] * DAYS),
                    "second": pa.array(START + days * DAY + 23 * 3600),
                    "followers": pa.array(followers),
                }
            )
            add_profiles(warehouse, role, profiles, named=True)
