"""What training leaves open, chosen by what left-out sources say, and never by hand.

Each family can itself be left out of the choosing, so that its figures are those of choices that
never looked at it: `python -m ghosts.nested`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ghosts.features import Array
from ghosts.fit import Labelled, Recipe
from ghosts.holdout import FAMILY, Cards, Pair, cards_left_out, leave_one_out
from ghosts.hollow import Hollow
from ghosts.measures import Rows, Steepness, mcc, share_errors

SUSPECT = 0.5
# Of the people of any source known, no more may be called ghosts
FALSE_FLAGS = 0.005
# What platforms leave out most often, beside whole profiles
FEWER = ("likes_given", "listed")

RECIPES = [Recipe(*pair) for pair in product((0.003, 0.005, 0.01, 0.02, 0.03), (0.3, 0.35, 0.4))]
# No steeper: a share would be a count of flags, and a crowd in between would not show
STEEPNESSES = [Steepness(*pair) for pair in product((1, 2, 3, 4), (0.0, 0.25, 0.5))]
RATIOS, FLOORS, FOLLOWING = (6, 7, 8, 9, 10, 11, 12, 14), (0, 1, 2, 3, 5, 10), (0, 50, 100, 200)
POSTS, LIKES, CUTS = (50, 100, 150), (10, 20, 50), (0.5, 0.7, 0.9)


class Choices(NamedTuple):
    """All that is chosen: the fit, the band `ghost`, and what a score counts for in a share."""

    recipe: Recipe
    hollow: Hollow
    ghost_from: float
    steep: Steepness

    def called(self, rows: Labelled, positions: npt.NDArray[np.intp], scores: Array) -> Rows:
        """Which of the accounts at these positions are called ghosts at these scores."""
        return self.hollow.holds(rows.only(positions).columns) & (scores >= self.ghost_from)


@dataclass(frozen=True)
class Measured:
    """Every pair by every recipe, with whole profiles and with fewer fields."""

    rows: Labelled
    cards: dict[float, Cards]
    whole: dict[Recipe, list[Pair]]
    fewer: dict[Recipe, list[Pair]]

    def pairs(self, recipe: Recipe, hidden: Sequence[str]) -> list[Pair]:
        """Every pair by one recipe, where these columns aren't given."""
        return leave_one_out(self.rows, self.cards[recipe.ridge], recipe.prior, hidden)


def measure(rows: Labelled) -> Measured:
    """Leave each family out, by every recipe."""
    cards = {ridge: cards_left_out(rows, ridge) for ridge in sorted({r.ridge for r in RECIPES})}
    whole, fewer = (
        {r: leave_one_out(rows, cards[r.ridge], r.prior, hidden) for r in RECIPES}
        for hidden in ((), FEWER)
    )
    return Measured(rows, cards, whole, fewer)


def choose(measured: Measured, unseen: str = "") -> Choices:
    """The choices that do best on the families known.

    Args:
        unseen: a family whose accounts and people have no say.
    """
    recipe = _recipe(measured, unseen)
    hollow, cut = _hollow(measured, recipe, unseen)
    return Choices(recipe, hollow, cut, _steepness(measured, recipe, unseen))


def _recipe(measured: Measured, unseen: str) -> Recipe:
    """That by which the worst told vendor is told best."""

    def worst(recipe: Recipe) -> float:
        pairs = measured.whole[recipe] + measured.fewer[recipe]
        return min(mcc(p.ghosts >= SUSPECT, p.real >= SUSPECT) for p in _bought(pairs, unseen))

    return max(RECIPES, key=worst)


def _steepness(measured: Measured, recipe: Recipe, unseen: str) -> Steepness:
    """That by which shares are least wrong, calibrated on whole profiles of other families."""
    whole, fewer = measured.whole[recipe], measured.fewer[recipe]
    tried = list(_bought(whole + fewer, unseen))

    def error(steep: Steepness) -> float:
        return float(np.mean([share_errors(pair, whole, steep) for pair in tried]))

    return min(STEEPNESSES, key=error)


def _hollow(measured: Measured, recipe: Recipe, unseen: str) -> tuple[Hollow, float]:
    """The rule that finds most bought followers, and flags few people of any source."""
    pairs = measured.whole[recipe]
    people = {p.people: _Side(measured.rows, p.real_rows, p.real) for p in pairs}
    bought = {
        p.accounts: _Side(measured.rows, p.ghost_rows, p.ghosts) for p in pairs if p.is_bought
    }
    no_more = [side for name, side in people.items() if FAMILY[name] != unseen]
    families = sorted({FAMILY[name] for name in bought} - {unseen})

    def found(rule: tuple[Hollow, float]) -> float:
        by_family: dict[str, list[float]] = {family: [] for family in families}
        for name in bought:
            if FAMILY[name] in by_family:
                by_family[FAMILY[name]].append(bought[name].called(*rule))
        return float(np.mean([np.mean(parts) for parts in by_family.values()]))

    allowed = [r for r in _rules() if all(side.called(*r) <= FALSE_FLAGS for side in no_more)]
    return max(allowed, key=found)


class _Side:
    """One source's accounts, and the part of them that a rule calls ghosts."""

    def __init__(self, rows: Labelled, positions: npt.NDArray[np.intp], scores: Array) -> None:
        self._columns, self._scores = rows.only(positions).columns, scores

    def called(self, hollow: Hollow, ghost_from: float) -> float:
        return float(np.mean(hollow.holds(self._columns) & (self._scores >= ghost_from)))


def _rules() -> Iterator[tuple[Hollow, float]]:
    for *numbers, cut in product(RATIOS, FLOORS, FOLLOWING, POSTS, LIKES, CUTS):
        yield Hollow(*numbers), cut


def _bought(pairs: Sequence[Pair], unseen: str) -> Iterator[Pair]:
    return (pair for pair in pairs if pair.is_bought and unseen not in pair.families)
