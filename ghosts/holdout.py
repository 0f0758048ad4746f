"""Scores by models that never saw the source: each family of sources is left out in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ghosts.card import INTERCEPT, Bin
from ghosts.features import Array, feature_table
from ghosts.fit import Labelled, fit_bins
from ghosts.sources import SOURCES, load

# Whom each kind of account is held against. Two come without people of their own.
PAIRS = (
    ("mib2015 bought", "mib2015 real"),
    ("cresci2017 bought", "cresci2017 real"),
    ("instafake bought", "instafake real"),
    ("instafake bought", "instafake series"),
    ("cresci2017 spam", "cresci2017 real"),
    ("cresci2017 social", "cresci2017 real"),
    ("botornot bots", "botornot real"),
)

FAMILY = {source.name: source.family for source in SOURCES}

# A ghost, and not only a suspect, follows so many times as many as follow it (and a few more, for
# newcomers), and hardly posts or likes: docs/decisions/a-ghost-is-hollow.md.
HOLLOW = {
    "ghost_follow_ratio": 11.0,
    "ghost_follow_floor": 3.0,
    "ghost_posts": 100.0,
    "ghost_likes": 20.0,
}


@dataclass(frozen=True)
class Pair:
    """Scores of accounts and of people of a source that the model never saw, and which are hollow.

    `real_rows` are the positions of the people among all labelled accounts.
    """

    accounts: str
    people: str
    ghosts: Array
    real: Array
    hollow_ghosts: npt.NDArray[np.bool_]
    hollow_real: npt.NDArray[np.bool_]
    real_rows: npt.NDArray[np.intp]

    @property
    def is_bought(self) -> bool:
        return self.accounts.endswith("bought")


def labelled() -> Labelled:
    """All accounts of all sources.

    Raises:
        AccountDataError: they are not on this machine.
    """
    sources, languages, columns = feature_table(load())
    return Labelled(np.array(sources), np.array(languages), columns)


def leave_one_out(rows: Labelled, hidden: Sequence[str] = ()) -> list[Pair]:
    """Scores of each pair; neither its family nor its people were in training.

    Args:
        hidden: columns that are unknown where the score is taken, though they were trained on.
    """
    unknown = np.full(len(rows.source), np.nan)
    columns = rows.columns | dict.fromkeys(hidden, unknown)
    families = np.array([FAMILY[name] for name in rows.source])
    hollow = _hollow(columns)
    by_held: dict[tuple[str, str], Array] = {}
    pairs = []
    for accounts, people in PAIRS:
        held = (FAMILY[accounts], FAMILY[people])
        if held not in by_held:
            out = np.isin(families, held[:1]) | (rows.source == people)
            by_held[held] = score(fit_bins(rows.only(~out)), columns)
        scores = by_held[held]
        ghosts = np.flatnonzero(rows.source == accounts)
        real = np.flatnonzero(rows.source == people)
        pairs.append(
            Pair(
                accounts=accounts,
                people=people,
                ghosts=scores[ghosts],
                real=scores[real],
                hollow_ghosts=hollow[ghosts],
                hollow_real=hollow[real],
                real_rows=real,
            )
        )
    return pairs


def _hollow(columns: dict[str, Array]) -> npt.NDArray[np.bool_]:
    """What `ghost_band` asks beside the score, of many accounts."""
    least = HOLLOW["ghost_follow_ratio"] * (columns["followers"] + HOLLOW["ghost_follow_floor"])
    return np.asarray(
        (columns["following"] >= least)
        & (columns["posts"] < HOLLOW["ghost_posts"])
        & (np.nan_to_num(columns["likes_given"]) < HOLLOW["ghost_likes"])
    )


def score(bins: tuple[Bin, ...], columns: dict[str, Array]) -> Array:
    """Scores of many accounts; columns hold NaN for what is unknown."""
    odds = np.zeros(len(next(iter(columns.values()))))
    for row in bins:
        if row.feature == INTERCEPT:
            odds += row.points
            continue
        lower = -np.inf if row.lower_bound is None else row.lower_bound
        upper = np.inf if row.upper_bound is None else row.upper_bound
        values = columns[row.feature]
        odds += np.where((values >= lower) & (values < upper), row.points, 0.0)
    return np.asarray(1 / (1 + np.exp(-odds)))
