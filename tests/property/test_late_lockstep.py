"""Law 4 for lockstep: what lands late on old targets is judged as if it had always been there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from attache.build import build
from benchmarks.histories import (
    DAY,
    START,
    Actions,
    Crowd,
    Posts,
    burst,
    crowd_actions,
    joined,
    people,
)
from benchmarks.raw_rows import actor_key, add_actions, add_posts
from ingestion.warehouse import open_warehouse
from runtime.settings import Settings
from tests.pipeline import RUN

POSTS = Posts(
    "mission", np.array([f"p{n}" for n in range(12)]), START + DAY * np.arange(12, dtype=np.int64)
)
HOUR = START + 20 * DAY
"""In this hour 230 regulars and 90 others act on one post."""
TABLES = {
    "int_first_actions": "actor_number, target_number",
    "int_lockstep_targets": "target_number, audience_number",
    "int_lockstep_actions": "actor_number, target_number",
    "int_lockstep_habits": "actor_number, audience_number",
    "int_lockstep_meetings": "actor_number_a, actor_number_b",
    "int_lockstep_pairs": "actor_number_a, actor_number_b, audience_number",
    "int_regulars": "actor_number",
    "int_coordinated_pairs": "",
    "int_coordination_members": "",
}
"""What lockstep is found by, and which of a table's columns are numbers of keys."""


def test_what_lands_late_on_old_targets_is_as_if_it_had_always_been_there(tmp_path: Path) -> None:
    home = Settings(home=tmp_path)
    rng = np.random.default_rng(7)
    with open_warehouse(home) as warehouse:
        add_posts(warehouse, POSTS)
        add_actions(warehouse, _early(rng))
        add_actions(warehouse, _follows("follower", 8, rng))
    build(home, RUN)
    before = _rows(home)
    assert _rings(before) == {"breaking", "steady"}
    with open_warehouse(home) as warehouse:
        add_actions(warehouse, _late(rng))
        add_actions(warehouse, _follows("steady", 6, rng))
        orphan = Posts("peer", np.array(["orphan"]), np.array([START], dtype=np.int64))
        add_posts(warehouse, orphan)
    assert build(home, RUN).kind == "incremental"
    by_batch = _rows(home)
    _check_that_much_has_changed(before, by_batch)
    assert build(home, RUN, full_refresh=True).kind == "full"
    at_once = _rows(home)
    assert {table: len(rows) for table, rows in by_batch.items()} == {
        table: len(rows) for table, rows in at_once.items()
    }
    assert by_batch == at_once


def _early(rng: np.random.Generator) -> Actions:
    at = POSTS.second + 30_000
    regulars, others = people("regular", 230), people("other", 90)
    parts = [
        crowd_actions(POSTS, Crowd(size=300, per_post=40), rng),
        burst(people("breaking", 7), POSTS.post[:6], at[:6], 40, rng),
        burst(people("steady", 6), POSTS.post[4:], at[4:] + 5_000, 40, rng),
        burst(people("growing", 8), POSTS.post[:2], at[:2] + 9_000, 40, rng),
        burst(people("filling", 1_990), ["full"], [START], 9 * DAY, rng),
        burst(people("steady", 6), ["full"], [START], 40, rng),
        burst(people("few", 4), ["small", "orphan"], [START, START], DAY, rng),
        burst(people("new", 3), ["orphan"], [START], DAY, rng),
        # each of them acts twice elsewhere, far apart; of the others each only once
        burst(regulars, ["here", "there"], [START, START + 40 * DAY], 30 * DAY, rng),
        burst(others, ["here"], [START], 30 * DAY, rng),
        # some regulars meet twice, and a third time in the crowd, if they are looked at there
        burst(regulars[:30], POSTS.post[10:], at[10:] + 12_000, 500, rng),
        burst(np.concatenate([regulars, others]), ["crowd"], [HOUR], 3_000, rng),
    ]
    return joined(parts)


def _late(rng: np.random.Generator) -> Actions:
    at = POSTS.second + 30_000
    parts = [
        # five of them were there hours before
        burst(people("breaking", 5), POSTS.post[:6], at[:6] - 20_000, 9_000, rng, "like"),
        burst(people("growing", 8), POSTS.post[2:8], at[2:8] + 9_000, 40, rng),
        burst(people("overflowing", 10), ["full"], [START + DAY], DAY, rng),
        burst(people("fifth", 1), ["small"], [START], DAY, rng),
        # that makes regulars of them, who have a claim to be looked at in the crowd
        burst(people("other", 90), ["there"], [START + 40 * DAY], 30 * DAY, rng),
    ]
    return joined(parts)


def _follows(name: str, count: int, rng: np.random.Generator) -> Actions:
    """Some begin to follow one account."""
    return burst(people(name, count), ["embassy"], [START], 40, rng, "follow", "account")


def _check_that_much_has_changed(
    before: dict[str, list[tuple[Any, ...]]], after: dict[str, list[tuple[Any, ...]]]
) -> None:
    """Else equal rows would prove little."""
    assert _rings(after) == {"growing", "steady"}
    was, now = (
        {row[0].split(":")[-1]: row for row in rows["int_lockstep_targets"]}
        for rows in (before, after)
    )
    assert (was.keys() - now.keys(), now.keys() - was.keys()) == ({"full"}, {"small"})
    assert was["orphan"] != now["orphan"], "its audience is that of its author"
    looked_at = [
        {row for row in rows["int_lockstep_actions"] if row[1].endswith(":crowd")}
        for rows in (before, after)
    ]
    assert looked_at[0] != looked_at[1]
    regulars = {actor_key(name) for name in people("regular", 30)}
    met_often, meet_often = (
        {row[:3] for row in rows["int_lockstep_meetings"] if {*row[:2]} <= regulars}
        for rows in (before, after)
    )
    assert met_often - meet_often, "who isn't looked at any more doesn't meet"


def _rings(rows: dict[str, list[tuple[Any, ...]]]) -> set[str]:
    names = {
        actor_key(name): ring
        for ring, size in {"breaking": 7, "steady": 6, "growing": 8}.items()
        for name in people(ring, size)
    }
    return {names.get(row[0], "a bystander") for row in rows["int_coordination_members"]}


def _rows(home: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """What each table holds, with keys for their numbers, and the first of a pair first."""
    found = {}
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        warehouse.execute("USE intermediate")
        for table, numbers in TABLES.items():
            columns = [name for name in numbers.split(", ") if name]
            keys = ", ".join(
                f"(SELECT any_value(key) FROM int_key_numbers WHERE number = {name}) AS {name}"
                for name in columns
            )
            rows = f"SELECT * REPLACE ({keys}) FROM {table}" if keys else f"FROM {table}"
            if "actor_number_a" in columns:
                first, second = "actor_number_a", "actor_number_b"
                rows = f"""SELECT * REPLACE (least({first}, {second}) AS {first},
                    greatest({first}, {second}) AS {second}) FROM ({rows})"""
            found[table] = warehouse.execute(f"FROM ({rows}) ORDER BY ALL").fetchall()
    return found
