"""A person accepts dead letters: sent again corrected, say, or known to be worthless.

They stay where they are and can still be redriven; the gate no longer counts them. Why it takes a
person: docs/decisions/dead-letters-are-accepted-by-a-person.md.
"""

from __future__ import annotations

import msgspec

from ingestion.dead_letters.reading import Selection
from ingestion.warehouse import COORDINATES, open_warehouse
from runtime.clock import now
from runtime.errors import WrongUseError
from runtime.run import Run
from runtime.settings import Settings


class AcceptReport(msgspec.Struct, frozen=True):
    """How many dead letters were accepted now, by reason."""

    accepted: dict[str, int]


def accept(settings: Settings, run: Run, selection: Selection) -> AcceptReport:
    """Accept those that are meant and were not accepted before, with a trail.

    Raises:
        WrongUseError: nothing says which ones.
        AttacheError: another process holds the warehouse.
    """
    if selection == Selection():
        raise WrongUseError(
            "Accepting every dead letter there is would open the gate for those nobody looked at.",
            "Name their ids or a reason: `attache dead-letters list` shows both.",
        )
    with open_warehouse(settings) as warehouse:
        rows = warehouse.execute(
            f"""INSERT INTO raw.accepted_dead_letters
            SELECT {COORDINATES}, reason, ?, ? FROM raw.dead_letters
            ANTI JOIN raw.accepted_dead_letters USING ({COORDINATES})
            WHERE {selection.condition} RETURNING reason""",
            [run.run_id, now()],
        ).fetchall()
    reasons = sorted(reason for (reason,) in rows)
    return AcceptReport({reason: reasons.count(reason) for reason in dict.fromkeys(reasons)})
