"""Generated profiles of actors: people, and accounts as they are sold.

People are spread as widely as real ones are; some are new, quiet or empty. Sold accounts follow
many, are followed by few and hardly write; a careful vendor's are filled in and aged.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.histories import DAY, START, Texts


def profiles_of_people(
    actors: Sequence[str] | Texts, rng: np.random.Generator, second: int = START
) -> pa.Table:
    """Profiles of people, observed at one instant."""
    count = len(actors)
    age = rng.gamma(2.0, 500, count) + 20
    return _table(
        actors,
        second,
        age,
        followers=rng.lognormal(5.0, 1.3, count),
        following=rng.lognormal(5.2, 1.0, count),
        posts=age * rng.lognormal(-0.5, 1.0, count),
        filled=rng.random(count) < 0.85,
        plain=rng.random(count) < 0.05,
    )


def profiles_of_ghosts(
    actors: Sequence[str] | Texts,
    rng: np.random.Generator,
    second: int = START,
    careful: bool = False,
) -> pa.Table:
    """Profiles of sold accounts; `careful` ones are aged and have a picture and a description."""
    count = len(actors)
    age = rng.gamma(2.0, 400, count) + 200 if careful else rng.gamma(2.0, 60, count) + 5
    return _table(
        actors,
        second,
        age,
        followers=rng.poisson(4, count),
        following=rng.lognormal(6.3, 0.6, count),
        posts=rng.poisson(1.0, count),
        filled=np.full(count, careful),
        plain=(rng.random(count) < 0.5) & (not careful),
    )


def _table(
    actors: Sequence[str] | Texts,
    second: int,
    age_days: npt.NDArray[np.float64],
    filled: npt.NDArray[np.bool_],
    plain: npt.NDArray[np.bool_],
    **counts: npt.NDArray[np.float64] | npt.NDArray[np.int64],
) -> pa.Table:
    opened = (second - age_days * DAY).astype("int64") * 1_000_000
    return pa.table(
        {
            "account": pa.array(np.asarray(actors, dtype=np.str_)),
            "second": pa.array(np.full(len(actors), second)),
            "created_at": pa.array(opened).cast(pa.timestamp("us", tz="UTC")),
            **{name: pa.array(values.astype(np.int64)) for name, values in counts.items()},
            "default_avatar": pa.array(plain),
            "has_bio": pa.array(filled),
            "has_location": pa.array(filled),
        }
    )
