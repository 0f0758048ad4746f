"""One run of the pipeline: its name and its logical time, handed down to every step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Run:
    """What a step is told of the run that it is part of.

    Attributes:
        run_id: the scheduler's name of the run, or `manual__<instant>`.
        logical_at: the instant that the run stands for, with a zone; no step reads the clock.
    """

    run_id: str
    logical_at: datetime

    @classmethod
    def manual(cls, logical_at: datetime) -> Run:
        return cls(f"manual__{logical_at.isoformat()}", logical_at)
