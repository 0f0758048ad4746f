"""The share of dead letters from which a landing stops: it is being sent something else."""

from __future__ import annotations

from collections.abc import Mapping

from ingestion.contracts.validation import ERASED, MEANINGS
from runtime.errors import AttacheError


class FloodError(AttacheError):
    """Too large a share of what was read are dead letters. What was read so far is kept."""


class FloodGuard:
    """Looks at a drain after each of its batches.

    Args:
        limit: the largest share of dead letters, 0 to 1; 1 never stops.
        minimum: fewer dead letters than this never stop a drain, whatever their share.
    """

    def __init__(self, limit: float, minimum: int) -> None:
        self.limit = limit
        self.minimum = minimum

    def after_batch(self, record_count: int, dead_letters: Mapping[str, int]) -> None:
        """Let a drain go on, or stop it between two batches: nothing of it is lost.

        Args:
            record_count: records that the drain has landed or set aside so far.
            dead_letters: how many it has set aside so far, by reason. An erased actor's are meant
                to be there.

        Raises:
            FloodError: the limit is passed; the message names share and commonest reason.
        """
        dead_letters = {name: n for name, n in dead_letters.items() if name != ERASED}
        dead = sum(dead_letters.values())
        if dead < max(self.minimum, 1) or dead <= self.limit * record_count:
            return
        reason = max(sorted(dead_letters), key=lambda name: dead_letters[name])
        share = f"{dead / record_count:.1%}"
        raise FloodError(
            f"The landing stopped: {dead:,} of {record_count:,} records ({share}) are dead "
            f"letters, more than {self.limit:.1%}. Commonest reason: {reason} "
            f"({dead_letters[reason]:,}): {MEANINGS.get(reason, 'unknown')}",
            "What was read is kept. See `attache dead-letters list`; to go on from here, land with "
            "ATTACHE_DEAD_LETTER_SHARE=1.",
        )
