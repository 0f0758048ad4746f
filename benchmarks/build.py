"""What a build costs: the same new day on top of warehouses that store more and more.

For each size: a full build of the stored history; then 100,000 new interactions land, always the
same, and an incremental build takes them in; then nothing lands, and a build does nothing. Every
build is `attache build` in a process of its own. The new day is built several times, in turn with
the other sizes, each time on a copy of which nothing is in the memory of the kernel, and the
quickest counts: a machine that is slow for a minute would say anything.
The full build of the largest warehouse is put beside one hand-written script (`by_hand.sql`) that
makes the same facts, and the new ones, in one DuckDB process, with what is known of the actors
given. Its days must be those of the marts.

    python -m benchmarks.build [--sizes 1000000 --sizes 10000000] [--folder /big/disk]
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import duckdb
import msgspec
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.process import Measured, run_process
from benchmarks.stored import NEW, Stored, land_new, store
from ingestion.warehouse import open_warehouse
from runtime.progress import console
from runtime.settings import PROJECT, Settings

AIM = 1.5
CLASSES = ("organic", "incentivised", "coordinated", "ghost", "unassessed")
BY_HAND = Path(__file__).with_name("by_hand.sql")
# what by_hand.sql makes, and all that dbt makes on the way to it once the actors' classes are known
SAME_FACTS = {
    *("int_posts", "int_account_profiles", "int_accounts", "int_post_dates", "int_target_changes"),
    *("int_targets", "int_post_themes", "int_interaction_changes", "fct_interaction"),
    *("int_engagement_changes", "int_engagement_daily", "int_touched_account_days", "dim_post"),
    *("int_touched_posts", "int_touched_post_days", "fct_post_engagement_daily", "fct_post"),
    *("int_post_counters", "int_folded_interactions", "stg_interactions", "stg_posts"),
}


class Build(msgspec.Struct, frozen=True):
    """One `attache build`: the process, and the seconds of each model."""

    process: Measured
    kind: str
    models: dict[str, float]


class Costs(msgspec.Struct, frozen=True):
    """All builds of one warehouse, the new day's in the order in which they were made."""

    full: Build
    new_days: list[Build] = []
    unchanged: list[Build] = []

    @property
    def incremental(self) -> Build:
        """The quickest new day."""
        return min(self.new_days, key=lambda build: build.process.seconds)


def main(
    sizes: Annotated[list[int], typer.Option(help="Stored interactions; may be given again.")] = [  # noqa: B006
        1_000_000,
        10_000_000,
        100_000_000,
    ],
    folder: Annotated[Path | None, typer.Option(help="Where the warehouses are made.")] = None,
    by_hand: bool = True,
    seen_again: Annotated[
        int, typer.Option(help="Actors of old who look bought, all at once, on the new day.")
    ] = 0,
    rounds: Annotated[int, typer.Option(min=1, help="How often each new day is built.")] = 3,
) -> None:
    """Build warehouses of each size, and print what builds cost and what grows.

    Example: make bench-build ARGS="--sizes 100000 --sizes 1000000"
    """
    with tempfile.TemporaryDirectory(dir=folder) as place:
        homes = {size: Settings(home=Path(place) / str(size)) for size in sorted(set(sizes))}
        costs = {size: Costs(_full(home, size, seen_again)) for size, home in homes.items()}
        for _ in range(rounds):
            for size, home in homes.items():
                _measure(home, costs[size])
        for size in homes:
            _print_size(size, costs[size])
        _print_growth(costs)
        if by_hand:
            largest = max(homes)
            _print_beside(largest, _by_hand(homes[largest]), costs[largest].full)


def _full(home: Settings, size: int, seen_again: int) -> Build:
    """Build the stored history, land the new day, and lay the warehouse aside."""
    console.print(f"Storing {size:,} interactions.")
    with open_warehouse(home) as warehouse:
        store(warehouse, Stored(size))
    full = _expect("full", home)
    with open_warehouse(home) as warehouse:
        land_new(warehouse, seen_again)
    home.warehouse.rename(_aside(home))
    return full


def _measure(home: Settings, costs: Costs) -> None:
    """The new day on a copy, and then a build that has nothing to do."""
    shutil.copyfile(_aside(home), home.warehouse)
    for path in (_aside(home), home.warehouse):
        _forget(path)
    costs.new_days.append(_expect("incremental", home))
    costs.unchanged.append(_expect("unchanged", home))


def _aside(home: Settings) -> Path:
    return home.home / "aside.duckdb"


def _forget(path: Path) -> None:
    """Have the kernel keep nothing of a file in memory, so that a build reads it from the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _expect(kind: str, home: Settings) -> Build:
    build = _build(home)
    if build.kind != kind:
        raise RuntimeError(f"The build was {build.kind}, and should be {kind}.")
    return build


def _build(home: Settings) -> Build:
    results = home.home / "dbt" / "target" / "run_results.json"
    results.unlink(missing_ok=True)
    report = home.home / "build.json"
    code = (
        "import contextlib, sys; from attache.cli import main\n"
        f"with contextlib.redirect_stdout(open({str(report)!r}, 'w')): main()"
    )
    command = [sys.executable, "-c", code, "build", "--json", "--at", "2014-05-16T00:00Z"]
    process = run_process(command, {"ATTACHE_HOME": str(home.home)})
    kind = str(msgspec.json.decode(report.read_bytes())["kind"])
    if not results.exists():
        return Build(process, kind, {})
    nodes = msgspec.json.decode(results.read_bytes())["results"]
    return Build(process, kind, {n["unique_id"].split(".")[-1]: n["execution_time"] for n in nodes})


def _by_hand(home: Settings) -> Measured:
    """Run the script.

    Raises:
        RuntimeError: its days are not those of the marts, so its time says nothing.
    """
    code = (
        "import duckdb, pathlib, sys; w = duckdb.connect(sys.argv[1]);"
        "w.execute(pathlib.Path(sys.argv[2]).read_text())"
    )
    measured = run_process([sys.executable, "-c", code, str(home.warehouse), str(BY_HAND)], {})
    compared = ", ".join(
        f"{verb}_count_{kind}" for verb in ("like", "comment", "action") for kind in CLASSES
    )
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        for one, other in (("by_hand", "marts"), ("marts", "by_hand")):
            odd = warehouse.execute(
                f"""SELECT account_key, activity_date, {compared} FROM {one}.fct_engagement_daily
                WHERE action_count > 0 EXCEPT
                SELECT account_key, activity_date, {compared} FROM {other}.fct_engagement_daily"""
            ).fetchall()
            if odd:
                raise RuntimeError(f"{one} and {other} differ in {len(odd)} days, as {odd[0]}")
    return measured


def _print_size(size: int, costs: Costs) -> None:
    table = Table(
        *("build", "seconds", "CPU s", "in models", "peak MiB"),
        title=f"{size:,} stored, {NEW:,} new, load average {os.getloadavg()[0]:.1f}",
    )
    for build in (costs.full, *costs.new_days, *costs.unchanged[-1:]):
        table.add_row(
            build.kind,
            f"{build.process.seconds:.1f}",
            f"{build.process.cpu:.1f}",
            f"{sum(build.models.values()):.1f}",
            f"{build.process.peak / 2**20:,.0f}",
        )
    Console().print(table)


def _print_growth(costs: dict[int, Costs], most: int = 25) -> None:
    """Incremental builds beside each other, and the models that grow most between them."""
    sizes = sorted(costs)
    least, largest = costs[sizes[0]].incremental, costs[sizes[-1]].incremental
    table = Table("model", *(f"{size:,}" for size in sizes), "grows by", title="Incremental builds")
    growth = {
        name: seconds - least.models.get(name, 0.0) for name, seconds in largest.models.items()
    }
    for name in sorted(growth, key=lambda name: (-growth[name], -largest.models[name]))[:most]:
        seconds = [f"{costs[size].incremental.models.get(name, 0.0):.2f}" for size in sizes]
        table.add_row(name, *seconds, f"{growth[name]:.2f} s")
    table.add_section()
    table.add_row(
        "the build",
        *(f"{costs[size].incremental.process.seconds:.1f}" for size in sizes),
        f"{largest.process.seconds - least.process.seconds:.1f} s",
    )
    Console().print(table)
    for size in sizes[1:]:
        process = costs[size].incremental.process
        Console().print(
            f"With {size:,} stored the build takes "
            f"{process.seconds / least.process.seconds:.2f} times that with {sizes[0]:,} "
            f"(aim: {AIM}), and {process.cpu / least.process.cpu:.2f} times its CPU. "
            f"Round by round: {_in_turn(costs[size], costs[sizes[0]])}."
        )


def _in_turn(costs: Costs, least: Costs) -> str:
    pairs = zip(costs.new_days, least.new_days, strict=True)
    return ", ".join(f"{one.process.seconds / other.process.seconds:.2f}" for one, other in pairs)


def _print_beside(size: int, script: Measured, full: Build) -> None:
    same = sum(seconds for name, seconds in full.models.items() if name in SAME_FACTS)
    Console().print(
        f"Full refresh of {size:,}: {full.process.seconds:.1f} s and "
        f"{full.process.peak / 2**30:.1f} GiB, of which {same:.1f} s for the facts that the "
        f"hand-written script makes in {script.seconds:.1f} s and {script.peak / 2**30:.1f} GiB: "
        f"{same / script.seconds:.2f} times (aim: {AIM}). The whole refresh, guard and reports "
        f"too, is {full.process.seconds / script.seconds:.2f} times."
    )


if __name__ == "__main__":
    os.chdir(PROJECT)
    typer.run(main)
