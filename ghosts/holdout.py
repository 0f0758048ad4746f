"""Scores by models that never saw the source: each family of sources is left out in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ghosts.card import INTERCEPT, Bin
from ghosts.features import Array, feature_table
from ghosts.fit import Labelled, at_prior, fit_bins
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

Cards = dict[tuple[str, str], tuple[Bin, ...]]


@dataclass(frozen=True)
class Pair:
    """Scores of accounts and of people of a source that the model never saw.

    `ghost_rows` and `real_rows` are their positions among all labelled accounts.
    """

    accounts: str
    people: str
    ghosts: Array
    real: Array
    ghost_rows: npt.NDArray[np.intp]
    real_rows: npt.NDArray[np.intp]

    @property
    def is_bought(self) -> bool:
        return self.accounts.endswith("bought")

    @property
    def families(self) -> set[str]:
        return {FAMILY[self.accounts], FAMILY[self.people]}


def labelled() -> Labelled:
    """All accounts of all sources.

    Raises:
        AccountDataError: they are not on this machine.
    """
    sources, languages, columns = feature_table(load())
    return Labelled(np.array(sources), np.array(languages), columns)


def cards_left_out(rows: Labelled, ridge: float) -> Cards:
    """A card for each pair, trained on neither its family nor its people."""
    families = np.array([FAMILY[name] for name in rows.source])
    cards: Cards = {}
    for accounts, people in PAIRS:
        held = (FAMILY[accounts], FAMILY[people])
        if held not in cards:
            out = (families == held[0]) | (rows.source == people)
            cards[held] = fit_bins(rows.only(~out), ridge)
    return cards


def leave_one_out(
    rows: Labelled, cards: Cards, prior: float, hidden: Sequence[str] = ()
) -> list[Pair]:
    """Scores of each pair by the card that was trained without it.

    Args:
        hidden: columns that are unknown where the score is taken, though they were trained on.
    """
    columns = without(rows, hidden).columns
    by_held = {held: score(at_prior(card, prior), columns) for held, card in cards.items()}
    pairs = []
    for accounts, people in PAIRS:
        scores = by_held[FAMILY[accounts], FAMILY[people]]
        ghosts, real = (np.flatnonzero(rows.source == name) for name in (accounts, people))
        pairs.append(Pair(accounts, people, scores[ghosts], scores[real], ghosts, real))
    return pairs


def without(rows: Labelled, hidden: Sequence[str]) -> Labelled:
    """The same accounts where a platform doesn't give these columns."""
    unknown = np.full(len(rows.source), np.nan)
    return Labelled(rows.source, rows.language, rows.columns | dict.fromkeys(hidden, unknown))


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
