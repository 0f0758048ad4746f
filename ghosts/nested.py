"""Each family by choices that never looked at it: what the next source may bring.

A family is left out of training, of the fit's recipe, of the rule for ghosts and of the steepness
of shares. What stays is that there are two families of bought followers: while one of them is
judged, the choices rest on how a card that was trained on it tells the other: there is no third.
"""

from __future__ import annotations

import msgspec
import numpy as np

from ghosts.choices import SUSPECT, Measured, choose
from ghosts.holdout import FAMILY, PAIRS
from ghosts.measures import mcc, share_errors


class Unseen(msgspec.Struct, frozen=True):
    """One kind of account, held against people; nobody of either had a say in anything.

    `mcc` is at a score of 0.5, `mcc_ghost` and `false_flags` at the band ghost.
    """

    accounts: str
    people: str
    mcc: float
    mcc_ghost: float
    false_flags: float
    share_error: float | None
    choices: str


def nested(measured: Measured) -> list[Unseen]:
    """Every pair by the choices made without its people's family."""
    told = []
    families = {FAMILY[people] for _, people in PAIRS}
    chosen = {family: choose(measured, family) for family in families}
    for position, (accounts, people) in enumerate(PAIRS):
        choices = chosen[FAMILY[people]]
        pairs = measured.whole[choices.recipe]
        pair = pairs[position]
        ghosts = choices.called(measured.rows, pair.ghost_rows, pair.ghosts)
        real = choices.called(measured.rows, pair.real_rows, pair.real)
        error = float(np.mean(share_errors(pair, pairs, choices.steep)))
        told.append(
            Unseen(
                accounts=accounts,
                people=people,
                mcc=mcc(pair.ghosts >= SUSPECT, pair.real >= SUSPECT),
                mcc_ghost=mcc(ghosts, real),
                false_flags=float(real.mean()),
                share_error=error if pair.is_bought else None,
                choices=str(choices),
            )
        )
    return told
