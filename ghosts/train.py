"""Train the scorecard on every source and write the seeds: `make ghosts-train`."""

from __future__ import annotations

from ghosts.calibration import MEANINGS, constants_of
from ghosts.card import Scorecard, save_scorecard
from ghosts.choices import choose, measure
from ghosts.fit import at_prior, fit_bins
from ghosts.holdout import labelled
from runtime.progress import console


def main() -> None:
    """Write both seeds; what was held out says how to fit and where the bands and means lie."""
    rows = labelled()
    measured = measure(rows)
    choices = choose(measured)
    bins = at_prior(fit_bins(rows, choices.recipe.ridge), choices.recipe.prior)
    card = Scorecard(bins, constants_of(measured, choices))
    save_scorecard(card, MEANINGS)
    console.print(
        f"{len(card.bins)} bins from {len(rows.source):,} accounts: {dict(card.constants)}"
    )


if __name__ == "__main__":
    main()
