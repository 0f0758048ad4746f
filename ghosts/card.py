"""The scorecard: points a bin, as the seed holds them, and what they make of an account."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from runtime.settings import PROJECT

SEEDS = PROJECT / "dbt_project" / "seeds"
SCORECARD = SEEDS / "ghost_scorecard.csv"
CALIBRATION = SEEDS / "ghost_calibration.csv"
FIELDS = ("feature", "bin", "lower_bound", "upper_bound", "points", "reason")
INTERCEPT = "intercept"


@dataclass(frozen=True)
class Bin:
    """Points, in log-odds, for a column from `lower_bound` up to `upper_bound`, that one excluded.

    An absent bound is None. A column that is unknown has no bin and gets no points.
    """

    feature: str
    bin: int
    lower_bound: float | None
    upper_bound: float | None
    points: float
    reason: str = ""

    def holds(self, value: float) -> bool:
        return self.upper_bound is None or value < self.upper_bound


@dataclass(frozen=True)
class Scorecard:
    """Bins in the order of the seed, and the constants that belong to them."""

    bins: tuple[Bin, ...]
    constants: Mapping[str, float]

    def score(self, columns: Mapping[str, float | None]) -> float | None:
        """What `ghost_score` computes in SQL for an account's columns; None: not enough to tell."""
        if columns.get("followers") is None or columns.get("following") is None:
            return None
        odds = sum(found.points for found in self._found(columns))
        return 1 / (1 + math.exp(-odds))

    def reasons(self, columns: Mapping[str, float | None]) -> list[str]:
        """What `ghost_reasons` lists in SQL."""
        return [found.reason for found in self._found(columns) if found.reason]

    def band(self, columns: Mapping[str, float | None]) -> str:
        """What `ghost_band` says in SQL: `ghost`, `suspect`, `real` or `unassessed`."""
        score = self.score(columns)
        if score is None:
            return "unassessed"
        if score >= self.constants["band_ghost"] and self._is_hollow(columns):
            return "ghost"
        return "suspect" if score >= self.constants["band_suspect"] else "real"

    def rows(self) -> list[dict[str, str]]:
        """The bins as text, as the seed and the macros read them."""
        return [
            {name: _text(getattr(row, name)) for name in FIELDS} | {"reason": row.reason}
            for row in self.bins
        ]

    def _is_hollow(self, columns: Mapping[str, float | None]) -> bool:
        c = self.constants
        followers, following = columns.get("followers"), columns.get("following")
        posts = columns.get("posts")
        if followers is None or following is None or posts is None:
            return False
        return (
            following >= c["ghost_following"]
            and following >= c["ghost_follow_ratio"] * (followers + c["ghost_follow_floor"])
            and posts < c["ghost_posts"]
            and (columns.get("likes_given") or 0) < c["ghost_likes"]
        )

    def _found(self, columns: Mapping[str, float | None]) -> Iterable[Bin]:
        done = set()
        for row in self.bins:
            value = 0.0 if row.feature == INTERCEPT else columns.get(row.feature)
            if row.feature not in done and value is not None and row.holds(value):
                done.add(row.feature)
                yield row


def load_scorecard(scorecard: Path = SCORECARD, calibration: Path = CALIBRATION) -> Scorecard:
    """What the seeds say."""
    with scorecard.open(newline="") as file:
        bins = tuple(
            Bin(
                feature=row["feature"],
                bin=int(row["bin"]),
                lower_bound=_number(row["lower_bound"]),
                upper_bound=_number(row["upper_bound"]),
                points=float(row["points"]),
                reason=row["reason"],
            )
            for row in csv.DictReader(file)
        )
    with calibration.open(newline="") as file:
        constants = {row["name"]: float(row["value"]) for row in csv.DictReader(file)}
    return Scorecard(bins, constants)


def save_scorecard(card: Scorecard, meanings: Mapping[str, str]) -> None:
    """Write both seeds."""
    with SCORECARD.open("w", newline="") as file:
        bins = csv.DictWriter(file, FIELDS, lineterminator="\n")
        bins.writeheader()
        bins.writerows(card.rows())
    with CALIBRATION.open("w", newline="") as file:
        constants = csv.writer(file, lineterminator="\n")
        constants.writerow(["name", "value", "meaning"])
        constants.writerows(
            [name, _text(value), meanings[name]] for name, value in card.constants.items()
        )


def _number(text: str) -> float | None:
    return float(text) if text else None


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)
