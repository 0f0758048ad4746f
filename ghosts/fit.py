"""Fitting: an additive logistic model that can only go the way reason says, cut into bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from ghosts.card import INTERCEPT, Bin
from ghosts.features import COLUMNS, FEATURES, Array, Feature, steps
from ghosts.sources import SOURCES

# What a source counts for while weights are found. Bought followers are what the score is about;
# spam and declared bots are mostly accounts with somebody, or something, behind them.
WEIGHTS = {"bought": 1.0, "spam": 0.15, "bot": 0.1, "real": 1.0}
# Each row is seen whole, and again with some of its columns hidden: what a platform doesn't give
# must not change what the rest means.
HIDDEN = (0.0, 0.15, 0.3)
REASON_POINTS = 0.3


class Recipe(NamedTuple):
    """What a fit leaves open, and `ghosts.choices` chooses.

    `prior` is how many ghosts an audit is taken to meet: half is what the sources hold, not what is
    out there. It moves every score alike.
    """

    ridge: float
    prior: float


@dataclass(frozen=True)
class Labelled:
    """Accounts with source and language; unknown is NaN in `columns`, empty as a language."""

    source: npt.NDArray[np.str_]
    language: npt.NDArray[np.str_]
    columns: dict[str, Array]

    def only(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Labelled:
        columns = {name: values[rows] for name, values in self.columns.items()}
        return Labelled(self.source[rows], self.language[rows], columns)

    @property
    def is_ghost(self) -> npt.NDArray[np.bool_]:
        return np.isin(self.source, [source.name for source in SOURCES if source.is_ghost])


def fit_bins(rows: Labelled, ridge: float) -> tuple[Bin, ...]:
    """The bins of a scorecard that was trained on these rows, calibrated for half of them ghosts.

    A step's weight is 0 or speaks for a ghost, never against what its feature says. Ridge spreads a
    weight over neighbouring steps, so that an edge of one vendor's accounts isn't learnt as a law.
    """
    passed, owners = steps(rows.columns)
    weights = _balanced(rows, WEIGHTS)
    means = _means(passed, weights)
    centred = np.nan_to_num(passed - means)
    intercept, slopes = _fit(centred, owners, rows.is_ghost, weights, ridge)
    shift, scale = _calibrate(intercept + centred @ slopes, rows)
    return _cut(intercept * scale + shift, slopes * scale, means, owners)


def at_prior(bins: Sequence[Bin], prior: float) -> tuple[Bin, ...]:
    """The same bins where another part of the accounts is taken to be ghosts."""
    shift = float(np.log(prior / (1 - prior)))
    return tuple(
        replace(row, points=round(row.points + shift, 4)) if row.feature == INTERCEPT else row
        for row in bins
    )


def _balanced(rows: Labelled, by_kind: dict[str, float]) -> Array:
    """Weights by which each source of a kind counts the same, and ghosts as much as people."""
    weights = np.zeros(len(rows.source))
    for source in SOURCES:
        mine = rows.source == source.name
        if mine.any():
            weights[mine] = by_kind[source.kind] / mine.sum()
    for side in (rows.is_ghost, ~rows.is_ghost):
        weights[side] /= 2 * weights[side].sum()
    return weights


def _means(passed: Array, weights: Array) -> Array:
    """What a step is on average where its column is known: unknown then stands for the average."""
    known = ~np.isnan(passed)
    total = (weights[:, None] * known).sum(axis=0)
    return np.asarray(weights @ np.nan_to_num(passed) / np.maximum(total, 1e-12))


def _fit(
    centred: Array,
    owners: npt.NDArray[np.int64],
    is_ghost: npt.NDArray[np.bool_],
    weights: Array,
    ridge: float,
) -> tuple[float, Array]:
    """Intercept and slopes, none below 0, of least penalised log loss."""
    generator = np.random.default_rng(0)
    column_of = np.array([COLUMNS.index(feature.column) for feature in FEATURES])[owners]
    seen = [
        centred * (generator.random((len(centred), len(COLUMNS))) >= share)[:, column_of]
        for share in HIDDEN
    ]
    design = np.column_stack([np.ones(len(centred) * len(HIDDEN)), np.vstack(seen)])
    target = np.tile(is_ghost, len(HIDDEN)).astype(np.float64)
    weight = np.tile(weights, len(HIDDEN)) / len(HIDDEN)

    def loss(beta: Array) -> tuple[float, Array]:
        odds = design @ beta
        error = weight * (expit(odds) - target)
        value = float(weight @ (np.logaddexp(0, odds) - target * odds))
        penalty = np.concatenate([[0], beta[1:]]) * ridge
        return value + float(penalty @ beta), design.T @ error + 2 * penalty

    bounds = [(None, None)] + [(0, None)] * centred.shape[1]
    start = np.zeros(design.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return float(found[0]), found[1:]


def _calibrate(odds: Array, rows: Labelled) -> tuple[float, float]:
    """Platt's shift and scale, on bought followers and real people, as many of each."""
    weights = _balanced(rows, {"bought": 1.0, "spam": 0.1, "bot": 0.0, "real": 1.0})
    target = rows.is_ghost.astype(np.float64)

    def loss(line: Array) -> float:
        scaled = line[0] + line[1] * odds
        return float(np.sum(weights * (np.logaddexp(0, scaled) - target * scaled)))

    shift, scale = minimize(loss, [0, 1], bounds=[(None, None), (0.2, 6)], method="L-BFGS-B").x
    return float(shift), float(scale)


def _cut(
    intercept: float, slopes: Array, means: Array, owners: npt.NDArray[np.int64]
) -> tuple[Bin, ...]:
    """Steps summed up into the points of each column's bins; rounded, so that the seed is exact."""
    bins = [Bin(INTERCEPT, 1, None, None, round(intercept, 4))]
    for column in COLUMNS:
        mine = [p for p, feature in enumerate(FEATURES) if feature.column == column]
        edges = sorted({edge for p in mine for edge in FEATURES[p].edges})
        bounds: list[float | None] = [None, *edges, None]
        for number, (lower, upper) in enumerate(pairwise(bounds), start=1):
            parts = [
                _part(FEATURES[p], lower, slopes[owners == p], means[owners == p]) for p in mine
            ]
            reason = next((name for _, name in parts if name), "")
            points = sum(points for points, _ in parts)
            bins.append(Bin(column, number, lower, upper, round(points, 4), reason))
    return tuple(bins)


def _part(feature: Feature, lower: float | None, slopes: Array, means: Array) -> tuple[float, str]:
    """Points and reason that one feature gives the bin which begins at `lower`."""
    start = float("-inf") if lower is None else lower
    passed = np.array([(start >= edge) == feature.rises for edge in feature.edges])
    points = float(slopes @ (passed - means))
    if points < REASON_POINTS or not passed.any():
        return points, ""
    return points, (lower is None and feature.reason_below_first) or feature.reason
