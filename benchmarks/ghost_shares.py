"""How often the 95 % interval of a ghost share holds the truth.

    make bench-shares

Crowds are drawn from two kinds of account whose share weights have the means and spreads of the
seed `ghost_calibration`, at prevalences from 0 to 60 % and sizes from 50 to 100,000:

- known: both kinds are just as calibrated, and the interval is told so (no drift);
- new source: the mean weight of either kind is drawn anew for each crowd, as far off as sources
  are;
- new source, as if known: the same crowds, with the interval that knows of no drift. What it would
  be to leave drift out;
- strangers: in a crowd of known kinds, a quarter are accounts that score in between, half of them
  ghosts. Nothing in the calibration is like them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated

import numpy as np
import numpy.typing as npt
import typer
from scipy.stats import distributions

from ghosts.card import load_scorecard
from ghosts.shares import estimate_share
from runtime.output import print_json, print_table
from runtime.progress import meter

Array = npt.NDArray[np.float64]
PREVALENCES = (0.0, 0.02, 0.1, 0.2, 0.3, 0.45, 0.6)
SIZES = (50, 200, 1_000, 10_000, 100_000)
STRANGERS = 0.25
GRID = (np.arange(400) + 0.5) / 400
DOUBT = GRID * (1 - GRID)


@dataclass(frozen=True)
class Cell:
    """One prevalence and size: how often the interval held it, and how wide it was."""

    scenario: str
    size: int
    prevalence: float
    coverage: float
    width: float
    error: float


def simulate(scenario: str, size: int, prevalence: float, crowds: int, seed: int) -> Cell:
    """Draw crowds and look for the truth in their intervals."""
    constants = with_own_doubt(load_scorecard().constants)
    generator = np.random.default_rng([seed, size, int(prevalence * 1000)])
    drifts = scenario.startswith("new source")
    told = constants if scenario in ("new source", "strangers") else without_drift(constants)
    held = np.zeros(crowds)
    widths, errors = np.zeros(crowds), np.zeros(crowds)
    for crowd in range(crowds):
        kinds = [spread_out(constants, side, generator, drifts) for side in ("0", "1")]
        shares = [1 - prevalence, prevalence]
        if scenario == "strangers":
            kinds.append(np.where(abs(GRID - 0.5) < 0.3, 1.0, 0.0) / np.sum(abs(GRID - 0.5) < 0.3))
            shares = [share * (1 - STRANGERS) for share in shares] + [STRANGERS]
        mixed = sum(share * kind for share, kind in zip(shares, kinds, strict=True))
        truth = shares[1] + (STRANGERS / 2 if scenario == "strangers" else 0)
        seen = generator.multinomial(size, mixed / np.sum(mixed)) / size
        found = estimate_share(size, float(seen @ GRID), float(seen @ DOUBT), told)
        assert found.share is not None  # noqa: S101 - no size is below the least
        assert found.low is not None  # noqa: S101
        assert found.high is not None  # noqa: S101
        held[crowd] = found.low <= truth <= found.high
        widths[crowd], errors[crowd] = found.high - found.low, abs(found.share - truth)
    means = (float(values.mean()) for values in (held, widths, errors))
    return Cell(scenario, size, prevalence, *means)


def spread_out(
    constants: Mapping[str, float], side: str, generator: np.random.Generator, drifts: bool
) -> Array:
    """Probabilities of weights on `GRID` for a kind of account, of a known or a new source."""
    mean, deviation = constants[f"mu{side}"], constants[f"s{side}_sd"]
    density = cells_of(mean, deviation).copy()
    wanted = generator.beta(*beta(mean, constants[f"mu{side}_sd"])) if drifts else mean
    wanted = min(max(wanted, GRID[0]), GRID[-1])
    at, end = float(density @ GRID), -1 if wanted > density @ GRID else 0
    # Some of them look wholly like the other kind, or none do any more
    moved = (wanted - at) / (GRID[end] - at)
    density *= 1 - moved
    density[end] += moved
    return np.asarray(density)


@cache
def cells_of(mean: float, deviation: float) -> Array:
    """By cells and not at their middles: nearly all of it lies in the first and the last one."""
    ends = np.linspace(0, 1, len(GRID) + 1)
    return np.diff(distributions.beta.cdf(ends, *beta(mean, deviation)))


def beta(mean: float, deviation: float) -> tuple[float, float]:
    """Parameters of the beta distribution with this mean and standard deviation."""
    both = mean * (1 - mean) / deviation**2 - 1
    return mean * both, (1 - mean) * both


def with_own_doubt(constants: Mapping[str, float]) -> Mapping[str, float]:
    """Calibration that has met the simulated kinds: sources doubt otherwise at the same spread."""
    generator = np.random.default_rng(0)  # of no use where nothing drifts
    kinds = {side: spread_out(constants, side, generator, drifts=False) for side in ("0", "1")}
    return {**constants, **{f"doubt{side}": float(kind @ DOUBT) for side, kind in kinds.items()}}


def without_drift(constants: Mapping[str, float]) -> Mapping[str, float]:
    """Calibration that takes both kinds for known exactly."""
    return {**constants, "mu0_sd": 0.0, "mu1_sd": 0.0}


def main(
    crowds: Annotated[int, typer.Option("--crowds", help="A prevalence and size.")] = 2_000,
    seed: Annotated[int, typer.Option("--seed")] = 0,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print coverage, mean width and mean error of the interval."""
    scenarios = ("known", "new source", "new source, as if known", "strangers")
    cells = []
    with meter("crowds", len(scenarios) * len(SIZES) * len(PREVALENCES) * crowds) as progress:
        for scenario in scenarios:
            for size in SIZES:
                for prevalence in PREVALENCES:
                    cells.append(simulate(scenario, size, prevalence, crowds, seed))
                    progress.advance(crowds)
    if json:
        print_json(cells)
        return
    for scenario in scenarios:
        rows = []
        for size in SIZES:
            mine = [c for c in cells if (c.scenario, c.size) == (scenario, size)]
            rows.append([f"{size:,}", *(f"{c.coverage:.1%}  ±{c.width / 2:.3f}" for c in mine)])
        columns = ["accounts", *(f"{prevalence:.0%} ghosts" for prevalence in PREVALENCES)]
        print_table(f"{scenario}: coverage, half width", columns, rows)
    for scenario in scenarios:
        held = [cell.coverage for cell in cells if cell.scenario == scenario]
        typer.echo(f"{scenario}: {min(held):.1%} to {max(held):.1%} in {len(held)} cells")


if __name__ == "__main__":
    typer.run(main)
