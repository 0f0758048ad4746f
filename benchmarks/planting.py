"""Planting inflation in a history: who is planted where, how strongly, and on which days.

An account carries one kind of inflation at every strength, each on days of its own after a clean
past; a slow drip takes a month, so an account carries it at one strength only.
"""

from __future__ import annotations

import numpy as np

from benchmarks.histories import DAY, START, Texts, burst, people
from benchmarks.natural import History
from benchmarks.profiles import profiles_of_ghosts

KINDS = ("bought followers", "bought likes", "lockstep shares", "comment spam", "slow drip")
DAY_SHARES = (0.02, 0.05, 0.1, 0.2, 0.4)
FOLLOWER_SHARES = (0.001, 0.0025, 0.005, 0.01, 0.02)
RING_DAYS, DRIP_DAYS = 4, 30
# Of a usual day's actions, those that a day must have to be planted on
BUSY = 2 / 3


def strengths(kind: str) -> tuple[float, ...]:
    """The strengths a kind is planted at: shares of followers, or of a day's actions."""
    return FOLLOWER_SHARES if kind == "bought followers" else DAY_SHARES


def plant(history: History, number: int, rng: np.random.Generator) -> None:
    """Plant the history's kind, at every strength or, for a drip, at one that `number` chooses."""
    wanted, schedule = strengths(history.kind), history.schedule
    if history.kind == "slow drip":
        strength = wanted[number % len(wanted)]
        first, last = schedule.clean_days, schedule.clean_days + DRIP_DAYS - 1
        for day in range(first, last + 1):
            _sell(history, day, strength, "like", 14 * 3600, rng)
        history.plants(first, last, strength, _natural(history, first))
        return
    for place in rng.permutation(len(wanted)):
        day = _busy_day(history, schedule.clean_days + schedule.gap_days * int(place))
        last = _plant_once(history, day, wanted[place], rng)
        history.plants(day, last, wanted[place], _natural(history, day))


def _plant_once(history: History, day: int, strength: float, rng: np.random.Generator) -> int:
    """Plant one strength from a day on. Returns its last day."""
    match history.kind:
        case "bought likes":
            _sell(history, day, strength, "like", 8 * 3600, rng)
        case "comment spam":
            _sell(history, day, strength, "comment", 6 * 3600, rng)
        case "bought followers":
            _sell_followers(history, day, strength, rng)
        case "lockstep shares":
            return _lockstep(history, day, strength, rng)
    return day


def _sell(
    history: History, day: int, share: float, verb: str, within: float, rng: np.random.Generator
) -> None:
    """Ghosts act on the two latest posts, each once."""
    ghosts = people(f"{history.account}-sold-{verb}-{day}", _count(history, day, share))
    post, start = _latest(history, day, 2)
    halves = [(post[n : n + 1], ghosts[n :: len(post)]) for n in range(len(post))]
    for target, actors in halves:
        history.actions.append(burst(actors, target, [start], within, rng, verb))
    history.profiles.append(profiles_of_ghosts(ghosts, rng))


def _sell_followers(history: History, day: int, share: float, rng: np.random.Generator) -> None:
    count = int(share * history.followers[day - 1])
    ghosts = people(f"{history.account}-sold-follow-{day}", count)
    start = START + day * DAY + 9 * 3600
    target = [history.account]
    history.actions.append(burst(ghosts, target, [start], 6 * 3600, rng, "follow", "account"))
    history.profiles.append(profiles_of_ghosts(ghosts, rng))
    history.followers[day:] += count


def _lockstep(history: History, day: int, share: float, rng: np.random.Generator) -> int:
    """A ring nobody has profiles of shares two posts a day within a minute, four days in a row."""
    ring = people(f"{history.account}-ring-{day}", max(_count(history, day, share) // 2, 1))
    for on in range(day, day + RING_DAYS):
        post, start = _latest(history, on, 2)
        starts = start + rng.integers(0, 6 * 3600, len(post))
        history.actions.append(burst(ring, post, starts, 60, rng, "share"))
    return day + RING_DAYS - 1


def _busy_day(history: History, day: int) -> int:
    """The first day from this one on that has enough actions to take a share of."""
    busy = [d for d in range(day, day + RING_DAYS) if _natural(history, d) >= BUSY * history.a_day]
    return busy[0] if busy else day


def _count(history: History, day: int, share: float) -> int:
    """How many planted actions are that share of the day, the planted ones among it."""
    return max(round(_natural(history, day) * share / (1 - share)), 1)


def _natural(history: History, day: int) -> int:
    second = history.actions[0].second
    start = START + day * DAY
    return int(np.count_nonzero((second >= start) & (second < start + DAY)))


def _latest(history: History, day: int, count: int) -> tuple[Texts, int]:
    """The latest posts before a day's morning, and that morning."""
    start = START + day * DAY + 9 * 3600
    before = np.flatnonzero(history.posts.second < start)[-count:]
    return history.posts.post[before], start
