"""How well scores of a source left out tell accounts from people, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ghosts.features import Array
from ghosts.holdout import Pair

Rows = npt.NDArray[np.bool_]
PREVALENCES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)


class Steepness(NamedTuple):
    """A score is made steeper before it is averaged, about a middle of log-odds.

    The flatter, the more the scores in between count, in which sources differ; the steeper, the
    more a share is a count of flags.
    """

    slope: float
    middle: float


def mcc(ghosts: Rows, real: Rows) -> float:
    """Matthews' coefficient of who is flagged, were there as many of the one as of the other."""
    found, flagged = float(ghosts.mean()), float(real.mean())
    spread = (found + flagged) * (2 - found - flagged)
    return float((found - flagged) / np.sqrt(spread)) if spread > 0 else 0.0


def weights_of(scores: Array, steep: Steepness) -> Array:
    """What a score counts for in a share; `ghost_share_weight` in SQL."""
    odds = np.log(scores) - np.log1p(-scores)
    return np.asarray(1 / (1 + np.exp(-steep.slope * (odds - steep.middle))))


def share_errors(pair: Pair, pairs: Sequence[Pair], steep: Steepness) -> Array:
    """How far off a large crowd's share is at each prevalence, calibrated on other families."""
    others = [other for other in pairs if not pair.families & other.families]
    mu0, mu1 = (np.mean([weights_of(s, steep).mean() for s in side]) for side in sides(others))
    ghosts, real = (weights_of(scores, steep).mean() for scores in (pair.ghosts, pair.real))
    shares = np.array(PREVALENCES)
    found = (shares * ghosts + (1 - shares) * real - mu0) / (mu1 - mu0)
    return np.asarray(np.abs(np.clip(found, 0, 1) - shares))


def sides(pairs: Sequence[Pair]) -> tuple[list[Array], list[Array]]:
    """Scores of people and of bought followers, a source each.

    A source that fewer fields change counts as one more: a platform that gives less is another.
    """
    people: dict[tuple[str, float], Array] = {}
    bought: dict[tuple[str, float], Array] = {}
    for pair in pairs:
        people[pair.people, float(pair.real.mean())] = pair.real
        if pair.is_bought:
            bought[pair.accounts, float(pair.ghosts.mean())] = pair.ghosts
    return list(people.values()), list(bought.values())
