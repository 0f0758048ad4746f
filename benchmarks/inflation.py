"""How little inflation the guard finds: planted in natural histories at rising strength.

For each kind it prints the smallest share found in 95 % of the runs, beside the false alarms on
days with nothing planted, which should be no more than one a year for each account. One build of
the dbt project judges all accounts of a source at once, as a run would.

    python -m benchmarks.inflation [--runs 60] [--seed 7] [--a-day 50] [--only generated]
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import duckdb
import numpy as np
import pyarrow as pa
import typer
from rich.console import Console
from rich.table import Table

from attache.dbt_run import run_dbt
from benchmarks.histories import DAY, START, joined, until
from benchmarks.planting import (
    ACTIONS_A_DAY,
    CLEAN_DAYS,
    DAYS,
    KINDS,
    History,
    natural_history,
    plant,
    strengths,
)
from benchmarks.raw_rows import add_actions, add_posts, add_profiles
from ingestion.warehouse import open_warehouse
from runtime.errors import AttacheError
from runtime.progress import console, meter
from runtime.settings import PROJECT, Settings

FOUND_IN = 0.95
ROUND = 5  # runs judged in one build: so much fits in the memory of a small machine
CASCADES = PROJECT.parent / "shared" / "data" / "weibo_cascades" / "cascades.jsonl.gz"


def main(
    runs: Annotated[int, typer.Option(min=1, help="Runs of each kind and strength.")] = 20,
    seed: Annotated[int, typer.Option(help="What the generator starts from.")] = 2014,
    cascades: Annotated[
        Path, typer.Option(help="Real cascades; left out where absent.")
    ] = CASCADES,
    a_day: Annotated[
        int, typer.Option(min=10, help="Actions of a usual day: small ones hide more.")
    ] = ACTIONS_A_DAY,
    only: Annotated[str, typer.Option(help="`generated` or `real cascades`: one of them.")] = "",
) -> None:
    """Plant, build, and print what was found.

    Example: make bench-ghosts ARGS="--runs 60 --a-day 50"
    """
    print_to = Console()
    sources: dict[str, Path | None] = {"generated": None}
    if cascades.exists():
        sources["real cascades"] = cascades
    else:
        console.print(f"Real cascades are left out: there is no {cascades}.")
    for source, archive in sources.items():
        if only not in ("", source):
            continue
        histories: list[History] = []
        inflated: set[tuple[str, int]] = set()
        rng = np.random.default_rng(seed)
        for first in range(0, runs, ROUND):
            console.print(f"{source} histories: runs {first + 1} and on of {runs}")
            done, found = _judge(range(first, min(first + ROUND, runs)), rng, archive, a_day)
            histories += done
            inflated |= found
        print_to.print(_table(source, runs, histories, inflated))


def _judge(
    runs: range, rng: np.random.Generator, archive: Path | None, a_day: int
) -> tuple[list[History], set[tuple[str, int]]]:
    """Some runs of each kind in a home of their own, and the days called inflated there."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_construct(home=Path(folder))
        histories = _fill(settings, runs, rng, archive, a_day)
        result = run_dbt(settings)
        if not result.success:
            raise AttacheError("The histories could not be built.", f"Look at {folder}.")
        found = _inflated(settings)
    for history in histories:
        history.actions.clear()
        history.profiles.clear()
    return histories, found


def _fill(
    settings: Settings, runs: range, rng: np.random.Generator, archive: Path | None, a_day: int
) -> list[History]:
    """Land so many accounts of a kind; five times that of a drip, three times of clean ones."""
    times = dict.fromkeys(KINDS, 1) | {"slow drip": len(strengths("slow drip")), "nothing": 3}
    wanted = [
        (kind, number)
        for kind, count in times.items()
        for number in range(runs.start * count, runs.stop * count)
    ]
    histories: list[History] = []
    with open_warehouse(settings) as warehouse, meter("planting", len(wanted)) as progress:
        for kind, number in wanted:
            account = f"{kind.replace(' ', '-')}-{number}"
            history = natural_history(account, kind, rng, archive, a_day)
            if kind != "nothing":
                plant(history, number, rng)
            histories.append(history)
            progress.advance(1)
        _land(warehouse, histories)
    return histories


def _land(warehouse: duckdb.DuckDBPyConnection, histories: list[History]) -> None:
    for object_type in ("post", "account"):
        parts = [a for h in histories for a in h.actions if a.object_type == object_type]
        for start in range(0, len(parts), 500):
            add_actions(warehouse, until(joined(parts[start : start + 500]), START + DAYS * DAY))
    for history in histories:
        add_posts(warehouse, history.posts)
    profiles = [table for history in histories for table in history.profiles]
    add_profiles(warehouse, "actor", pa.concat_tables(profiles))
    stated = [
        pa.table(
            {
                "account": pa.array([history.account] * DAYS),
                "second": pa.array(START + np.arange(DAYS) * DAY + 23 * 3600),
                "followers": pa.array(history.followers),
            }
        )
        for history in histories
    ]
    add_profiles(warehouse, "own", pa.concat_tables(stated), named=True)


def _inflated(settings: Settings) -> set[tuple[str, int]]:
    """Account and day of every day that is called inflated."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        rows = warehouse.execute(
            """SELECT account_id, date_diff('day', DATE '2014-01-01', activity_date)
            FROM marts.fct_engagement_daily WHERE is_inflated"""
        ).fetchall()
    return {(str(account), int(day)) for account, day in rows}


def _table(
    source: str, runs: int, histories: list[History], inflated: set[tuple[str, int]]
) -> Table:
    table = Table(title=f"Inflation found, {source} histories, {runs} runs of each")
    for column in ("planted", "of", "found at each strength", "smallest share found in 95 %"):
        table.add_column(column)
    for kind in KINDS:
        found: dict[float, list[bool]] = {strength: [] for strength in strengths(kind)}
        for history in histories:
            for first, last, strength in history.planted if history.kind == kind else []:
                days = range(first, last + 1)
                found[strength].append(any((history.account, d) in inflated for d in days))
        rates = {strength: float(np.mean(hits)) for strength, hits in found.items()}
        listed = ", ".join(f"{strength:.2%}: {rate:.0%}" for strength, rate in rates.items())
        table.add_row(kind, _of(kind), listed, _smallest(rates))
    alarms, years = _false_alarms(histories, inflated)
    sizes = [size for history in histories for size in history.sizes]
    low, middle, high = np.quantile(sizes, [0.05, 0.5, 0.95])
    table.caption = (
        f"False alarms: {alarms} in {years:.1f} account-years with nothing planted, "
        f"{alarms / years:.2f} a year for each account. Planted on days of {middle:.0f} natural "
        f"actions, nine in ten of them {low:.0f} to {high:.0f}."
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
    """Alarms on days after the first two months that are neither planted nor the day after."""
    alarms = days = 0
    for history in histories:
        planted = {d for first, last, _ in history.planted for d in range(first, last + 2)}
        natural = [day for day in range(CLEAN_DAYS, DAYS) if day not in planted]
        days += len(natural)
        alarms += sum((history.account, day) in inflated for day in natural)
    return alarms, days / 365


if __name__ == "__main__":
    typer.run(main)
