"""Shares of ghosts, estimated from scores with an interval. The same formulas as in the dbt macros.

Adding scores up, or counting flags, is biased: some real people look like ghosts and some ghosts
like people. The mean weight of a crowd lies between that of people and that of ghosts, and where it
lies is the share (PACC, Bella et al. 2010; for flags, Rogan and Gladen 1978). The interval holds
every share that the mean doesn't contradict: a score interval as Lang and Reiczigel's (2014), with
how far the two means lie apart between sources in the place of their sampling error. Near a share
of none it is one-sided, as Feldman and Cousins (1998) make intervals of what can't be negative.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

Z = 1.959963984540054
# How far off sources are is skewed, most a little and few a lot: more than Z holds 95 % of them
Z_DRIFT = 2.1
# Nothing lies below a share of none, which one side alone can speak against: from less than Z on,
# and by Z two deviations further up
Z_NONE, NONE_REACH = 1.78, 2.0
# However far below that of people a mean is, so many deviations of ghosts may be among them
LEAST_HIGH = 1.2


@dataclass(frozen=True)
class Share:
    """A share of ghosts among the accounts that could be assessed, and its 95 % interval.

    Args:
        share, low, high: 0 to 1; None where too few were assessed.
        unlike_share: of the accounts, how many score in between beyond what sources known have.
            They may be of either kind, and the interval is that much wider on both sides.
    """

    share: float | None
    low: float | None
    high: float | None
    unlike_share: float | None


def share_weight(score: float, constants: Mapping[str, float]) -> float:
    """What an account's score counts for in a share, 0 to 1."""
    odds = math.log(score) - math.log1p(-score)
    steep = constants["share_slope"] * (odds - constants["share_middle"])
    return 1 / (1 + math.exp(-steep))


def share_doubt(score: float, posts: float | None, constants: Mapping[str, float]) -> float:
    """How far an account may be of either kind: more so while nobody knows whether it posts."""
    weight = share_weight(score, constants)
    return weight * (1 - weight) + (constants["doubt_no_posts"] if posts is None else 0.0)


def estimate_share(
    assessed: int, mean_weight: float, mean_doubt: float, constants: Mapping[str, float]
) -> Share:
    """The share behind a mean weight.

    Args:
        assessed: how many accounts have a score.
        mean_weight: of `share_weight`.
        mean_doubt: of `share_doubt`, which is 0 where every score is sure.
        constants: of the seed `ghost_calibration`.
    """
    c = constants
    if assessed < c["min_assessed"]:
        return Share(None, None, None, None)
    distance = c["mu1"] - c["mu0"]
    share = _clip((mean_weight - c["mu0"]) / distance)
    low, high = _bounds(assessed, mean_weight - c["mu0"], distance, constants)
    expected = c["doubt0"] + share * (c["doubt1"] - c["doubt0"])
    spread = math.sqrt(
        (share * c["doubt1_sd"]) ** 2
        + ((1 - share) * c["doubt0_sd"]) ** 2
        + expected / 4 / assessed
    )
    # An account in full doubt has a weight of 1/2, and so 1/4 here
    unlike = _clip(4 * (mean_doubt - expected - Z * spread))
    return Share(share, min(share, _clip(low - unlike)), max(share, _clip(high + unlike)), unlike)


def real_reach(followers: int, share: Share) -> tuple[int, int, int] | None:
    """Followers that are somebody: estimate, low, high."""
    if share.share is None or share.low is None or share.high is None:
        return None
    left = (1 - share.share, 1 - share.high, 1 - share.low)
    return (round(followers * left[0]), round(followers * left[1]), round(followers * left[2]))


def _bounds(
    assessed: int, above: float, distance: float, c: Mapping[str, float]
) -> tuple[float, float]:
    """Shares that the mean doesn't contradict; none of the bounds is cut off at 0 or 1 yet."""
    deviation = math.sqrt(c["s0_sd"] ** 2 / assessed + c["mu0_sd"] ** 2)
    beyond = _clip((above / deviation - Z_NONE) / NONE_REACH)
    low, _ = _roots(assessed, above, distance, Z_NONE + (Z - Z_NONE) * beyond, c)
    _, high = _roots(assessed, above, distance, Z, c)
    return low, max(high, LEAST_HIGH * deviation / distance)


def _roots(
    assessed: int, above: float, distance: float, z: float, c: Mapping[str, float]
) -> tuple[float, float]:
    """Of (mean - expected(share))^2 = z^2 variance(share), a quadratic in the share."""
    drift0, drift1 = ((c[name] * Z_DRIFT / Z) ** 2 for name in ("mu0_sd", "mu1_sd"))
    mixed = c["s1_sd"] ** 2 - c["s0_sd"] ** 2 + distance**2
    a = distance**2 * (1 + z**2 / assessed) - z**2 * (drift0 + drift1)
    b = -2 * above * distance - z**2 * mixed / assessed + 2 * z**2 * drift0
    k = above**2 - z**2 * c["s0_sd"] ** 2 / assessed - z**2 * drift0
    root = math.sqrt(max(b**2 - 4 * a * k, 0.0))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def _clip(value: float) -> float:
    return min(max(value, 0.0), 1.0)
