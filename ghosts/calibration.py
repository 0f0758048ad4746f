"""What scores of unseen sources say about bands and shares: the seed `ghost_calibration`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import t as student

from ghosts.features import Array
from ghosts.fit import Labelled
from ghosts.holdout import FAMILY, HOLLOW, Pair, leave_one_out
from ghosts.shares import Z

MODEL_VERSION = 2
SUSPECT = 0.5
# So many real people may be called ghosts, each source that a model hadn't seen counting the same;
# the target is half a percent, and the next source will differ.
FALSE_FLAGS = 0.0045
MIN_ASSESSED = 10
FEWER = ("likes_given", "listed")
POSTS = ("posts", "posts_per_day", "follow_pressure")
PREVALENCES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)


class Steepness(NamedTuple):
    """A score is made steeper before it is averaged, about a middle of log-odds.

    The flatter, the more the scores in between count, in which sources differ; the steeper, the
    more a share is a count of flags.
    """

    slope: float
    middle: float


# Least wrong over vendors left out, whether or not their likes, lists and bios are given
STEEP = Steepness(2.0, 0.0)
MEANINGS = {
    "model_version": "Raised whenever a bin or a constant changes.",
    "band_suspect": "Scores from here on are called suspect.",
    "band_ghost": "Scores from here on are called ghost, if the account is hollow too.",
    "ghost_follow_ratio": "A hollow account follows at least so many times as many as follow it,",
    "ghost_follow_floor": "these added to its followers, so that a newcomer isn't hollow;",
    "ghost_posts": "it has fewer posts than this,",
    "ghost_likes": "and gave fewer likes than this, or it isn't known how many.",
    "share_slope": "How much steeper the log-odds are made before they are averaged to a share.",
    "share_middle": "Log-odds that count as half a ghost in a share.",
    "mu0": "Mean share weight of real people of unseen sources.",
    "mu1": "Mean share weight of bought followers of unseen sources.",
    "mu0_sd": "How far off mu0 may be for a source never seen: standard deviation.",
    "mu1_sd": "How far off mu1 may be for a source never seen: standard deviation.",
    "s0_sd": "Standard deviation of the share weight among real people.",
    "s1_sd": "Standard deviation of the share weight among bought followers.",
    "doubt0": "Mean of weight x (1 - weight) among real people.",
    "doubt1": "Mean of weight x (1 - weight) among bought followers.",
    "doubt0_sd": "How far off doubt0 may be for a source never seen: standard deviation.",
    "doubt1_sd": "How far off doubt1 may be for a source never seen: standard deviation.",
    "doubt_no_posts": "What an account is doubted beside, while its posts are unknown.",
    "min_assessed": "A share is estimated from so many scores at least.",
}


def constants_of(rows: Labelled) -> dict[str, float]:
    """Calibration from scores of accounts whose source the model hadn't seen."""
    pairs, fewer, postless = (leave_one_out(rows, hidden) for hidden in ((), FEWER, POSTS))
    constants: dict[str, float] = {
        "model_version": MODEL_VERSION,
        "band_suspect": SUSPECT,
        "band_ghost": ghost_from(pairs),
        **HOLLOW,
        "share_slope": STEEP.slope,
        "share_middle": STEEP.middle,
        "min_assessed": MIN_ASSESSED,
    }
    for side, stated, given in zip(("0", "1"), sides(pairs), sides([*pairs, *fewer]), strict=True):
        for name, measure in (("mu", np.mean), ("doubt", _doubt)):
            means = [float(measure(weights_of(scores))) for scores in stated]
            wider = [float(measure(weights_of(scores))) for scores in given]
            constants[f"{name}{side}"] = round(float(np.mean(means)), 4)
            constants[f"{name}{side}_sd"] = round(_drift(float(np.mean(means)), wider), 4)
        spread = np.mean([weights_of(scores).std() for scores in stated])
        constants[f"s{side}_sd"] = round(float(spread), 4)
    off = [max(share_errors(pair, pairs)) for pair in postless if pair.is_bought]
    constants["doubt_no_posts"] = round(max(off) / 4, 4)
    return {name: constants[name] for name in MEANINGS}


def share_errors(pair: Pair, pairs: Sequence[Pair]) -> list[float]:
    """How far off a large crowd's share is at each prevalence, calibrated on other families."""
    own = {FAMILY[pair.accounts], FAMILY[pair.people]}
    others = [p for p in pairs if not own & {FAMILY[p.accounts], FAMILY[p.people]}]
    mu0, mu1 = (np.mean([weights_of(s).mean() for s in side]) for side in sides(others))
    ghosts, real = weights_of(pair.ghosts).mean(), weights_of(pair.real).mean()
    shares = np.array(PREVALENCES)
    found = (shares * ghosts + (1 - shares) * real - mu0) / (mu1 - mu0)
    return [float(error) for error in np.abs(np.clip(found, 0, 1) - shares)]


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


def weights_of(scores: Array, steep: Steepness = STEEP) -> Array:
    """What a score counts for in a share; `ghost_share_weight` in SQL."""
    odds = np.log(scores) - np.log1p(-scores)
    return np.asarray(1 / (1 + np.exp(-steep.slope * (odds - steep.middle))))


def ghost_from(pairs: Sequence[Pair]) -> float:
    """The lowest score, in hundredths, from which few enough hollow people are flagged."""
    by_people = {pair.people: np.where(pair.hollow_real, pair.real, 0.0) for pair in pairs}
    cuts = [cut / 100 for cut in range(50, 100)]
    return next(
        cut
        for cut in cuts
        if np.mean([np.mean(hollow >= cut) for hollow in by_people.values()]) <= FALSE_FLAGS
    )


def _doubt(weights: Array) -> np.floating[Any]:
    return np.mean(weights * (1 - weights))


def _drift(middle: float, means: Sequence[float]) -> float:
    """How far from the middle one more source would be: a standard deviation.

    Few sources say little about how far apart sources lie: Student's t makes up for it.
    """
    count = len(means)
    apart = np.sqrt(np.sum((np.array(means) - middle) ** 2) / (count - 1))
    return float(apart * student.ppf(0.975, count - 1) / Z * np.sqrt(1 + 1 / count))
