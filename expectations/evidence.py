"""What was seen for each reason of an inflated day, in words: the day beside the account's past."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Row = dict[str, Any]
Rows = Callable[[str, dict[str, object]], list[Row]]
"""Runs a query with bound values; no rows where the warehouse lacks a table."""


def evidence(rows: Rows, bound: dict[str, object], reasons: Sequence[str]) -> dict[str, str]:
    """Of each reason what was seen; an empty text where the warehouse has no more to say.

    Args:
        bound: `account`, the account's key, and `day`.
    """
    seen = {name: rows(query, bound) for name, query in _SEEN.items()}
    return {reason: _most_telling(seen, reason) for reason in reasons}


def _most_telling(seen: dict[str, list[Row]], reason: str) -> str:
    if reason not in _WORDS:
        return ""
    where, say, order = _WORDS[reason]
    row = min(seen[where], key=order, default=None)
    return "" if row is None or order(row) == _NEVER else say(row)


_NEVER = float("inf")


def _volume(row: Row) -> str:
    name = str(row["series"]).replace("_", " ")
    return f"{name}: {row['observed']:,.0f}, where about {row['expected']:,.0f} were to be expected"


def _mix(row: Row) -> str:
    usual = f"; on other days {row['usual_part']:.0%}" if row["usual_part"] else ""
    share = row["observed"] / row["whole"] if row["whole"] else 0
    return f"{share:.0%} of its actions were {row['series']}s{usual}"


def _ghosts(row: Row) -> str:
    return (
        f"{row['ghosts']:,} of {row['assessed']:,} assessed {row['series']}s are by ghosts "
        f"({row['ghosts'] / row['assessed']:.0%}); its past makes {row['usual_ghosts']:.1%} likely"
    )


def _gathered(row: Row) -> str:
    place = f"{row['verb'] or 'action'}s" + (f" on {row['post']}" if row["post"] else "")
    return (
        f"{row['ghosts']:,} of {row['assessed']:,} assessed {place} are by ghosts; the rest of the "
        f"day makes about {row['expected']:,.0f} likely"
    )


def _lockstep(row: Row) -> str:
    return (
        f"{row['coordinated']:,} of {row['observed']:,} {row['series']}s are by accounts that keep "
        "acting together"
    )


def _stretch(row: Row) -> str:
    return f"on {row['days']} days with lockstep close to each other, {_volume(row)}"


def _counters(row: Row) -> str:
    return (
        f"the platform's counters grew by {row['stated']:,} while {row['counted']:,} actions were "
        f"seen; {row['expected']:,.0f} would be usual"
    )


def _chance(name: str, fits: Callable[[str], bool]) -> Callable[[Row], float]:
    """Orders rows by how unlikely they are; those of another series never."""
    return lambda row: row[name] if fits(row["series"]) and row[name] is not None else _NEVER


def _most(name: str) -> Callable[[Row], float]:
    """Orders rows by a count, verbs alone."""
    return lambda row: -row[name] if row[name] and row["series"] != "action" else _NEVER


def _is_counted(series: str) -> bool:
    return series != "stated_follower" and not series.startswith("peak")


_WORDS: dict[str, tuple[str, Callable[[Row], str], Callable[[Row], float]]] = {
    "unusual_volume": ("signals", _volume, _chance("volume_chance", _is_counted)),
    "unusual_peak": (
        "signals",
        _volume,
        _chance("volume_chance", lambda name: name.startswith("peak")),
    ),
    "follower_jump": (
        "signals",
        _volume,
        _chance("volume_chance", lambda name: name == "stated_follower"),
    ),
    "unusual_stretch": ("stretches", _stretch, lambda row: float(row["chance"])),
    "unusual_mix": ("signals", _mix, _chance("mix_chance", _is_counted)),
    "ghost_share": ("signals", _ghosts, _most("ghosts")),
    "ghosts_gathered": ("places", _gathered, lambda row: 0),
    "lockstep_share": ("signals", _lockstep, _most("coordinated")),
    "counters_without_events": ("counters", _counters, lambda row: 0),
}

_SIGNALS = """
    SELECT surprises.series, surprises.observed_count AS observed,
        surprises.expected_count AS expected, surprises.volume_chance, surprises.mix_chance,
        surprises.ghost_count AS ghosts, surprises.assessed_count AS assessed,
        surprises.coordinated_count AS coordinated,
        surprises.expected_ghost_share AS usual_ghosts,
        baselines.mean_part AS usual_part, baselines.whole_count AS whole
    FROM intermediate.int_series_surprises AS surprises
    JOIN intermediate.int_series_baselines AS baselines
        USING (account_key, activity_date, series)
    WHERE account_key = $account AND activity_date = $day ORDER BY series"""

_COUNTERS = """
    SELECT stated_growth AS stated, counted, expected_growth AS expected
    FROM intermediate.int_counter_surprises
    WHERE account_key = $account AND activity_date = $day AND is_counter_unexplained"""

_PLACES = """
    SELECT place_post_key AS post, place_verb AS verb, place_ghost_count AS ghosts,
        place_assessed_count AS assessed, place_expected_count AS expected
    FROM intermediate.int_ghost_gatherings
    WHERE account_key = $account AND activity_date = $day AND least_chance IS NOT NULL"""

_STRETCHES = """
    SELECT series, day_count AS days, observed_count AS observed, expected_count AS expected,
        stretch_chance AS chance
    FROM intermediate.int_lockstep_stretches
    WHERE account_key = $account AND activity_date = $day ORDER BY series"""

_SEEN = {
    "signals": _SIGNALS,
    "stretches": _STRETCHES,
    "counters": _COUNTERS,
    "places": _PLACES,
}
