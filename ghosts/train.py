"""Train the scorecard on every source and write the seeds: `make ghosts-train`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ghosts.card import Scorecard, save_scorecard
from ghosts.features import Array
from ghosts.fit import fit_bins
from ghosts.holdout import Pair, labelled, leave_one_out
from runtime.progress import console

MODEL_VERSION = 1
SUSPECT = 0.5
# At most so many real people may be called ghosts, of all sources that a model hadn't seen.
FALSE_FLAGS = 0.005
# A score is made steeper before it is averaged: the middle, where sources differ, counts for less.
SHARE_SLOPE, SHARE_MIDDLE = 2.0, 0.75
MEANINGS = {
    "model_version": "Raised whenever a bin or a constant changes.",
    "band_suspect": "Scores from here on are called suspect.",
    "band_ghost": "Scores from here on are called ghost.",
    "share_slope": "How much steeper the log-odds are made before they are averaged to a share.",
    "share_middle": "Log-odds that count as half a ghost in a share.",
    "mu0": "Mean share weight of real people of unseen sources.",
    "mu1": "Mean share weight of bought followers of unseen sources.",
    "mu0_sd": "How far mu0 lies apart between sources: standard deviation.",
    "mu1_sd": "How far mu1 lies apart between sources: standard deviation.",
    "s0_sd": "Standard deviation of the share weight among real people.",
    "s1_sd": "Standard deviation of the share weight among bought followers.",
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
    people = list({pair.people: share_weight(pair.real) for pair in pairs}.values())
    bought = [share_weight(pair.ghosts) for pair in pairs if pair.is_bought]
    return {
        "model_version": MODEL_VERSION,
        "band_suspect": SUSPECT,
        "band_ghost": ghost_from(pairs),
        "share_slope": SHARE_SLOPE,
        "share_middle": SHARE_MIDDLE,
        "mu0": _rounded(np.mean([weights.mean() for weights in people])),
        "mu1": _rounded(np.mean([weights.mean() for weights in bought])),
        "mu0_sd": _rounded(np.std([weights.mean() for weights in people], ddof=1)),
        "mu1_sd": _rounded(np.std([weights.mean() for weights in bought], ddof=1)),
        "s0_sd": _rounded(np.mean([weights.std() for weights in people])),
        "s1_sd": _rounded(np.mean([weights.std() for weights in bought])),
    }


def share_weight(scores: Array) -> Array:
    """What a score counts for in a share; `ghost_share_weight` in SQL."""
    odds = np.log(scores) - np.log1p(-scores)
    return np.asarray(1 / (1 + np.exp(-SHARE_SLOPE * (odds - SHARE_MIDDLE))))


def ghost_from(pairs: Sequence[Pair]) -> float:
    """The lowest score, in hundredths, from which few enough real people are flagged."""
    people = np.concatenate(list({pair.people: pair.real for pair in pairs}.values()))
    cuts = [cut / 100 for cut in range(50, 100)]
    return next(cut for cut in cuts if np.mean(people >= cut) <= FALSE_FLAGS)


def _rounded(value: np.floating) -> float:
    return round(float(value), 4)


if __name__ == "__main__":
    main()
