"""How little inflation the guard finds: planted in natural histories at rising strength.

For each kind and history it prints the smallest share found in 95 % of the runs, beside the false
alarms on days with nothing planted, which should be no more than one a year for each account. One
build of the dbt project judges all accounts of some runs at once, as a run would.

    python -m benchmarks.inflation [--runs 60] [--seed 7] [--a-day 50] [--only generated]
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from operator import itemgetter
from pathlib import Path
from typing import Annotated

import duckdb
import numpy as np
import pyarrow as pa
import typer
from rich.console import Console

from attache.dbt_run import run_dbt
from benchmarks.found import table_of
from benchmarks.histories import DAY, START, joined, until
from benchmarks.natural import ACTIONS_A_DAY, History, canadaweibo, natural_history
from benchmarks.planting import KINDS, plant, strengths
from benchmarks.raw_rows import add_actions, add_posts, add_profiles
from ingestion.warehouse import open_warehouse
from runtime.errors import AttacheError
from runtime.progress import console, meter
from runtime.settings import PROJECT, Settings

AT_ONCE = 5  # runs judged in one build: so much fits in the memory of a small machine
CASCADES = PROJECT.parent / "shared" / "data" / "weibo_cascades" / "cascades.jsonl.gz"

Natural = Callable[[str, str, int, np.random.Generator], History]
"""A history of an account, for a kind, in a run."""


def main(
    runs: Annotated[int, typer.Option(min=1, help="Runs of each kind and strength.")] = 20,
    seed: Annotated[int, typer.Option(help="What the generator starts from.")] = 2014,
    cascades: Annotated[
        Path, typer.Option(help="Real cascades; left out where absent.")
    ] = CASCADES,
    a_day: Annotated[
        int, typer.Option(min=10, help="Actions of a usual day: small ones hide more.")
    ] = ACTIONS_A_DAY,
    only: Annotated[
        str, typer.Option(help="`generated`, `real cascades` or `canadaweibo`: one of them.")
    ] = "",
    at_once: Annotated[
        int, typer.Option(min=1, help="Runs in one build: fewer need less memory.")
    ] = AT_ONCE,
) -> None:
    """Plant, build, and print what was found.

    Example: make bench-ghosts ARGS="--runs 60 --a-day 50"
    """
    tables = []
    for source, natural in _sources(seed, cascades, a_day).items():
        if only not in ("", source):
            continue
        histories: list[History] = []
        inflated: set[tuple[str, int]] = set()
        rng = np.random.default_rng(seed)
        for first in range(0, runs, at_once):
            console.print(f"{source}: runs {first + 1} and on of {runs}")
            done, found = _judge(range(first, min(first + at_once, runs)), rng, natural)
            histories += done
            inflated |= found
        tables.append(table_of(source, runs, histories, inflated))
    for table in tables:
        Console().print(table)


def _sources(seed: int, cascades: Path, a_day: int) -> dict[str, Natural]:
    """Where natural histories come from, by name."""

    def drawn(archive: Path | None) -> Natural:
        return lambda account, kind, _, rng: natural_history(account, kind, rng, archive, a_day)

    def reconstructed(account: str, kind: str, run: int, rng: np.random.Generator) -> History:
        return canadaweibo(account, kind, seed * 1_000 + run, rng)

    sources: dict[str, Natural] = {"generated": drawn(None)}
    if cascades.exists():
        sources["real cascades"] = drawn(cascades)
    else:
        console.print(f"Real cascades are left out: there is no {cascades}.")
    return sources | {"canadaweibo": reconstructed}


def _judge(
    runs: range, rng: np.random.Generator, natural: Natural
) -> tuple[list[History], set[tuple[str, int]]]:
    """Some runs of each kind in a home of their own, and the days called inflated there."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        histories = _fill(settings, runs, rng, natural)
        result = run_dbt(settings)
        if not result.success:
            raise AttacheError("The histories could not be built.", f"Look at {folder}.")
        found = _inflated(settings)
    for history in histories:
        history.actions.clear()
        history.profiles.clear()
    return histories, found


def _fill(
    settings: Settings, runs: range, rng: np.random.Generator, natural: Natural
) -> list[History]:
    """Land so many accounts of a kind; five times that of a drip, three times of clean ones."""
    times = dict.fromkeys(KINDS, 1) | {"slow drip": len(strengths("slow drip")), "nothing": 3}
    wanted = [
        (kind, number, number // count)
        for kind, count in times.items()
        for number in range(runs.start * count, runs.stop * count)
    ]
    wanted.sort(key=itemgetter(2))
    histories: list[History] = []
    with open_warehouse(settings) as warehouse, meter("planting", len(wanted)) as progress:
        for kind, number, run in wanted:
            history = natural(f"{kind.replace(' ', '-')}-{number}", kind, run, rng)
            if kind != "nothing":
                plant(history, number, rng)
            histories.append(history)
            progress.advance(1)
        _land(warehouse, histories)
    return histories


def _land(warehouse: duckdb.DuckDBPyConnection, histories: list[History]) -> None:
    end = START + histories[0].schedule.days * DAY
    for object_type in ("post", "account"):
        parts = [a for h in histories for a in h.actions if a.object_type == object_type]
        for start in range(0, len(parts), 500):
            add_actions(warehouse, until(joined(parts[start : start + 500]), end))
    for history in histories:
        add_posts(warehouse, history.posts)
        if history.prize is not None:
            add_posts(warehouse, history.prize, dict.fromkeys(history.prize.post, "a prize"))
    profiles = [table for history in histories for table in history.profiles]
    add_profiles(warehouse, "actor", pa.concat_tables(profiles))
    stated = [
        pa.table(
            {
                "account": pa.array([history.account] * history.schedule.days),
                "second": pa.array(START + np.arange(history.schedule.days) * DAY + 23 * 3600),
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


if __name__ == "__main__":
    typer.run(main)
