"""What scores of unseen sources say about bands and shares: the seed `ghost_calibration`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import t as student

from ghosts.choices import SUSPECT, Choices, Measured
from ghosts.features import Array
from ghosts.measures import share_errors, sides, weights_of
from ghosts.shares import Z

MODEL_VERSION = 3
MIN_ASSESSED = 10
POSTS = ("posts", "posts_per_day", "follow_pressure")
MEANINGS = {
    "model_version": "Raised whenever a bin or a constant changes.",
    "band_suspect": "Scores from here on are called suspect.",
    "band_ghost": "Scores from here on are called ghost, if the account is hollow too.",
    "ghost_follow_ratio": "A hollow account follows at least so many times as many as follow it,",
    "ghost_follow_floor": "these added to its followers,",
    "ghost_following": "and at least so many;",
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


def constants_of(measured: Measured, choices: Choices) -> dict[str, float]:
    """Calibration from scores of accounts whose source the model hadn't seen."""
    recipe, steep = choices.recipe, choices.steep
    pairs, fewer = measured.whole[recipe], measured.fewer[recipe]
    constants: dict[str, float] = {
        "model_version": MODEL_VERSION,
        "band_suspect": SUSPECT,
        "band_ghost": choices.ghost_from,
        **choices.hollow.constants(),
        "share_slope": steep.slope,
        "share_middle": steep.middle,
        "min_assessed": MIN_ASSESSED,
    }
    for side, stated, given in zip(("0", "1"), sides(pairs), sides([*pairs, *fewer]), strict=True):
        weights, wider = ([weights_of(s, steep) for s in scores] for scores in (stated, given))
        for name, measure in (("mu", np.mean), ("doubt", _doubt)):
            middle = float(np.mean([measure(source) for source in weights]))
            constants[f"{name}{side}"] = round(middle, 4)
            off = _drift(middle, [float(measure(source)) for source in wider])
            constants[f"{name}{side}_sd"] = round(off, 4)
        constants[f"s{side}_sd"] = round(float(np.mean([w.std() for w in weights])), 4)
    postless = measured.pairs(recipe, POSTS)
    wrong = max(share_errors(p, pairs, steep).max() for p in postless if p.is_bought)
    constants["doubt_no_posts"] = round(float(wrong) / 4, 4)
    return {name: constants[name] for name in MEANINGS}


def _doubt(weights: Array) -> np.floating[Any]:
    return np.mean(weights * (1 - weights))


def _drift(middle: float, means: Sequence[float]) -> float:
    """How far from the middle one more source would be: a standard deviation.

    Few sources say little about how far apart sources lie: Student's t makes up for it.
    """
    count = len(means)
    apart = np.sqrt(np.sum((np.array(means) - middle) ** 2) / (count - 1))
    return float(apart * student.ppf(0.975, count - 1) / Z * np.sqrt(1 + 1 / count))
