"""Train the scorecard on every source and write the seeds: `make ghosts-train`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import t as student

from ghosts.card import Scorecard, save_scorecard
from ghosts.features import Array
from ghosts.fit import fit_bins
from ghosts.holdout import HOLLOW_FOLLOW_RATIO, HOLLOW_POSTS, Pair, labelled, leave_one_out
from ghosts.shares import Z
from runtime.progress import console

MODEL_VERSION = 1
SUSPECT = 0.5
# So many real people may be called ghosts, of all sources that a model hadn't seen; the target is
# half a percent, and the next source will differ.
FALSE_FLAGS = 0.0045
# A score is made steeper before it is averaged: the middle, where sources differ, counts for less.
SHARE_SLOPE, SHARE_MIDDLE = 2.0, 0.75
MIN_ASSESSED = 10
MEANINGS = {
    "model_version": "Raised whenever a bin or a constant changes.",
    "band_suspect": "Scores from here on are called suspect.",
    "band_ghost": "Scores from here on are called ghost, if the account is hollow too.",
    "ghost_follow_ratio": "A hollow account has at least this follow_ratio,",
    "ghost_posts": "and fewer posts than this.",
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
    "min_assessed": "A share is estimated from so many scores at least.",
}


def main() -> None:
    """Write both seeds; what was held out says where the bands and the means lie."""
    rows = labelled()
    pairs = leave_one_out(rows)
    card = Scorecard(fit_bins(rows), constants_of(pairs))
    save_scorecard(card, MEANINGS)
    console.print(
        f"{len(card.bins)} bins from {len(rows.source):,} accounts: {dict(card.constants)}"
    )


def constants_of(pairs: Sequence[Pair]) -> dict[str, float]:
    """Calibration from scores of accounts whose source the model hadn't seen."""
    people = list({pair.people: weights_of(pair.real) for pair in pairs}.values())
    bought = list({p.accounts: weights_of(p.ghosts) for p in pairs if p.is_bought}.values())
    constants: dict[str, float] = {
        "model_version": MODEL_VERSION,
        "band_suspect": SUSPECT,
        "band_ghost": ghost_from(pairs),
        "ghost_follow_ratio": HOLLOW_FOLLOW_RATIO,
        "ghost_posts": HOLLOW_POSTS,
        "share_slope": SHARE_SLOPE,
        "share_middle": SHARE_MIDDLE,
    }
    for side, groups in (("0", people), ("1", bought)):
        means = [weights.mean() for weights in groups]
        doubts = [(weights * (1 - weights)).mean() for weights in groups]
        constants[f"mu{side}"], constants[f"mu{side}_sd"] = _predicted(means)
        constants[f"doubt{side}"], constants[f"doubt{side}_sd"] = _predicted(doubts)
        constants[f"s{side}_sd"] = _rounded(np.mean([weights.std() for weights in groups]))
    constants["min_assessed"] = MIN_ASSESSED
    return {name: constants[name] for name in MEANINGS}


def _predicted(means: Sequence[float]) -> tuple[float, float]:
    """Mean over sources, and the standard deviation of what one more source would have.

    Few sources say little about how far apart sources lie: Student's t makes up for it.
    """
    count = len(means)
    wider = student.ppf(0.975, count - 1) / Z * np.sqrt(1 + 1 / count)
    return _rounded(np.mean(means)), _rounded(np.std(means, ddof=1) * wider)


def weights_of(scores: Array) -> Array:
    """What a score counts for in a share; `ghost_share_weight` in SQL."""
    odds = np.log(scores) - np.log1p(-scores)
    return np.asarray(1 / (1 + np.exp(-SHARE_SLOPE * (odds - SHARE_MIDDLE))))


def ghost_from(pairs: Sequence[Pair]) -> float:
    """The lowest score, in hundredths, from which few enough hollow people are flagged."""
    by_people = {pair.people: np.where(pair.hollow_real, pair.real, 0.0) for pair in pairs}
    hollow = np.concatenate(list(by_people.values()))
    cuts = [cut / 100 for cut in range(50, 100)]
    return next(cut for cut in cuts if np.mean(hollow >= cut) <= FALSE_FLAGS)


def _rounded(value: np.floating[Any]) -> float:
    return round(float(value), 4)


if __name__ == "__main__":
    main()
