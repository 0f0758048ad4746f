"""A generated world for the guard: natural crowds that look odd, and what is planted among them."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.histories import (
    DAY,
    START,
    Crowd,
    Posts,
    Texts,
    burst,
    crowd_actions,
    people,
    posts_of,
)
from benchmarks.raw_rows import add_actions, add_posts, add_profiles

DAYS = 90
RINGS: dict[str, tuple[int, int, int]] = {
    "ring-a": (20, 10, 45),
    "ring-b": (8, 6, 120),
    "ring-c": (30, 12, 900),
    "ring-d": (6, 8, 60),
}
"""Planted lockstep groups: actors, targets, seconds within which they act."""
CONTEST_ACTORS = 1_500


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
    add_actions(
        warehouse, crowd_actions(islet, Crowd(size=150, per_post=50, decay=600, loyalty=1.0), rng)
    )
    crowd = people("embassy-contestant", CONTEST_ACTORS)
    starts = np.array([embassy.second[40]])
    add_actions(warehouse, burst(crowd, np.array([contest]), starts, 2 * DAY, rng))
    for name, (size, targets, within) in RINGS.items():
        add_actions(
            warehouse, burst(people(name, size), *_some(embassy, targets, rng), within, rng)
        )


def _some(posts: Posts, count: int, rng: np.random.Generator) -> tuple[Texts, np.ndarray]:
    """Some posts, and for each the second at which a ring strikes."""
    chosen = rng.choice(len(posts.post), count, replace=False)
    return posts.post[chosen], posts.second[chosen] + rng.integers(600, 6 * 3600, count)


def _add_accounts(warehouse: duckdb.DuckDBPyConnection) -> None:
    for role, names in {"own": ["embassy"], "peer": ["star", "islet"]}.items():
        profiles = pa.table(
            {
                "account": names,
                "second": pa.array([START] * len(names), pa.int64()),
                "followers": pa.array([100_000] * len(names), pa.int64()),
            }
        )
        add_profiles(warehouse, role, profiles, named=True)
