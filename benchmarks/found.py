"""How much of what was planted was found, as a table that a person can read."""

from __future__ import annotations

import numpy as np
from rich.table import Table

from benchmarks.natural import History
from benchmarks.planting import KINDS, strengths

FOUND_IN = 0.95
AIM, AIMS = 0.1, {"bought followers": 0.02}


def table_of(
    source: str, runs: int, histories: list[History], inflated: set[tuple[str, int]]
) -> Table:
    """What was found in a source's histories, kind by kind, and the false alarms there."""
    table = Table(title=f"Inflation found, {source}, {runs} runs of each kind and strength")
    for column in ("planted", "of", "found at each", "smallest share found in 95 %", "aim"):
        table.add_column(column)
    for kind in KINDS:
        found: dict[float, list[bool]] = {strength: [] for strength in strengths(kind)}
        for history in histories:
            for first, last, strength in history.planted if history.kind == kind else []:
                days = range(first, last + 1)
                found[strength].append(any((history.account, d) in inflated for d in days))
        rates = {strength: float(np.mean(hits)) for strength, hits in found.items()}
        listed = ", ".join(f"{strength:.2%}: {rate:.0%}" for strength, rate in rates.items())
        table.add_row(kind, _of(kind), listed, _smallest(rates), f"{AIMS.get(kind, AIM):.0%}")
    alarms, years = _false_alarms(histories, inflated)
    sizes = [size for history in histories for size in history.sizes]
    low, middle, high = np.quantile(sizes, [0.05, 0.5, 0.95])
    table.caption = (
        f"False alarms: {alarms} in {years:.1f} account-years with nothing planted, "
        f"{alarms / years:.2f} a year for each account (aim: at most one). Planted on days of "
        f"{middle:.0f} natural actions, nine in ten of them {low:.0f} to {high:.0f}."
    )
    return table


def _of(kind: str) -> str:
    match kind:
        case "bought followers":
            return "followers"
        case "slow drip":
            return "each day's actions, 30 days"
        case "lockstep shares":
            return "a day's actions, four days"
    return "a day's actions"


def _smallest(rates: dict[float, float]) -> str:
    """The smallest share from which on every larger one is found often enough."""
    smallest = None
    for strength in sorted(rates, reverse=True):
        if rates[strength] < FOUND_IN:
            break
        smallest = strength
    return "none of these" if smallest is None else f"{smallest:.2%}"


def _false_alarms(histories: list[History], inflated: set[tuple[str, int]]) -> tuple[int, float]:
    """Alarms on days after the clean past that are neither planted nor the day after."""
    alarms = days = 0
    for history in histories:
        schedule = history.schedule
        planted = {d for first, last, _ in history.planted for d in range(first, last + 2)}
        natural = [d for d in range(schedule.clean_days, schedule.days) if d not in planted]
        days += len(natural)
        alarms += sum((history.account, day) in inflated for day in natural)
    return alarms, days / 365
