"""Train the scorecard on every source and write the seeds: `make ghosts-train`."""

from __future__ import annotations

from ghosts.calibration import MEANINGS, constants_of
from ghosts.card import Scorecard, save_scorecard
from ghosts.fit import fit_bins
from ghosts.holdout import labelled
from runtime.progress import console


def main() -> None:
    """Write both seeds; what was held out says where the bands and the means lie."""
    rows = labelled()
    card = Scorecard(fit_bins(rows), constants_of(rows))
    save_scorecard(card, MEANINGS)
    console.print(
        f"{len(card.bins)} bins from {len(rows.source):,} accounts: {dict(card.constants)}"
    )


if __name__ == "__main__":
    main()
