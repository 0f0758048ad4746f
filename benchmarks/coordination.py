"""Who acts in lockstep: our search beside a peer's, on groups that were planted and on real shares.

The peer is coordination-network-toolkit (`coordination-network-toolkit.lock`): two accounts are
joined where they acted on so many same things within so many seconds. Each search is a process of
its own, given the same actions: ours as landed rows, the peer's as its CSV, the first action of
each actor on each thing, as it can't tell repeats. Groups are the connected parts of five actors
or more, for both.

    python -m benchmarks.coordination [--accounts 1] [--seed 7]
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import duckdb
import msgspec
import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.histories import (
    DAY,
    Actions,
    Crowd,
    Posts,
    burst,
    crowd_actions,
    joined,
    people,
    posts_of,
)
from benchmarks.natural import LONG, natural_history
from benchmarks.peers import environment
from benchmarks.planting import plant
from benchmarks.process import Measured, run_process
from benchmarks.raw_rows import actor_key, add_actions, add_posts
from ingestion.warehouse import open_warehouse
from runtime.progress import console
from runtime.settings import PROJECT, Settings

PEER = "coordination-network-toolkit"
PEER_RULES = ((1, 2), (60, 3), (60, 5))
"""Seconds within which, and how often; the first are its defaults."""
LEAST_GROUP = 5
KIND = "lockstep shares"
ELECTIONS = PROJECT.parent / "shared/data/interactions/german_elections/german_elections.csv.gz"
SHARES = """SELECT account_id AS actor, 'url-' || url_id::BIGINT AS target,
    min("timestamp")::BIGINT AS second FROM read_csv($1) WHERE url_id IS NOT NULL GROUP BY ALL"""
OUR_GROUPS = """SELECT actor_key, coordination_group_key
    FROM intermediate.int_coordination_members"""
OUR_PAIRS = """SELECT count(DISTINCT (actor_key_a, actor_key_b))
    FROM intermediate.int_coordinated_pairs"""
T = TypeVar("T")


class World(msgspec.Struct, frozen=True):
    """What both search.

    Attributes:
        rings: who is in each planted group of five or more, as pseudonyms.
    """

    title: str
    action_count: int
    rings: dict[str, set[str]]


class Found(msgspec.Struct, frozen=True):
    """Whom one search found.

    Attributes:
        groups: each group's actors, as pseudonyms.
    """

    pair_count: int
    groups: list[set[str]]


def main(accounts: int = 3, seed: int = 7) -> None:
    """Print what each search costs, what it finds, and whom it suspects besides.

    Example: make bench-coordination ARGS="--accounts 1"
    """
    with tempfile.TemporaryDirectory() as folder:
        _compare(Path(folder), _apart(_prepare_planted, Path(folder), accounts, seed))
    if not ELECTIONS.exists():
        console.print(f"Real shares are left out: there is no {ELECTIONS}.")
        return
    with tempfile.TemporaryDirectory() as folder:
        _compare(Path(folder), _apart(_prepare_elections, Path(folder)))


def _apart(function: Callable[..., T], *arguments: object) -> T:
    """Call in a process of its own: what this one holds would count as the peak of its children."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def _prepare_planted(folder: Path, accounts: int, seed: int) -> World:
    """Accounts with a ring at each strength; a celebrity, a small embassy and a contest."""
    rng = np.random.default_rng(seed)
    star, islet = posts_of("star", LONG.days, 0.8, rng), posts_of("islet", LONG.days, 1.2, rng)
    fans = Crowd(size=4_000, per_post=1_000, decay=900, haste=1.0)
    friends = Crowd(size=150, per_post=50, decay=600, loyalty=1.0)
    contestants, start = people("contestant", 1_500), [int(star.second[5])]
    posts = [star, islet]
    parts = [
        crowd_actions(star, fans, rng),
        crowd_actions(islet, friends, rng),
        burst(contestants, ["contest"], start, 2 * DAY, rng),
    ]
    for number in range(accounts):
        history = natural_history(f"account-{number}", KIND, rng, None)
        plant(history, number, rng)
        posts.append(history.posts)
        parts += [part for part in history.actions if part.object_type == "post"]
    actions = joined(parts)
    rings: dict[str, set[str]] = {}
    for actor in np.unique(actions.actor):
        if "-ring-" in actor:
            rings.setdefault(actor.rsplit("-", 1)[0], set()).add(actor_key(actor))
    large = {ring: who for ring, who in rings.items() if len(who) >= LEAST_GROUP}
    _give(folder, actions, posts)
    return World("Planted groups", len(actions), large)


def _prepare_elections(folder: Path) -> World:
    with duckdb.connect() as reader:
        actor, target, second = reader.execute(SHARES, [str(ELECTIONS)]).fetchnumpy().values()
    verb = np.full(len(second), "share")
    actions = Actions(actor.astype(np.str_), target.astype(np.str_), second, verb)
    _give(folder, actions, [])
    return World("Links shared around German elections", len(actions), {})


def _give(folder: Path, actions: Actions, posts: list[Posts]) -> None:
    """To us as landed rows, to the peer as its eight columns: an action is a repost."""
    with open_warehouse(_home(folder)) as warehouse:
        add_actions(warehouse, actions)
        for some in posts:
            add_posts(warehouse, some)
        warehouse.execute(
            f"""COPY (SELECT row_number() OVER () AS message_id, 'weibo:' || actor_id AS user_id,
            actor_id AS username, object_id AS repost_id, '' AS reply_id, '' AS message,
            min(epoch(created_at))::BIGINT AS timestamp, '' AS urls
            FROM raw.interactions GROUP BY actor_id, object_id)
            TO '{folder / "actions.csv"}' (HEADER)"""
        )


def _home(folder: Path) -> Settings:
    return Settings(home=folder / "home")


def _compare(folder: Path, world: World) -> None:
    rings = world.rings
    table = Table(
        *("search", "seconds", "CPU s", "MiB", "pairs", "groups", "actors"),
        *(("rings", "their actors", "others") if rings else ()),
        title=f"{world.title}: {world.action_count:,} actions, "
        f"load average {os.getloadavg()[0]:.1f}",
        caption="MiB: peak. Rings: planted groups found. Others: actors suspected besides.",
    )
    for name, process, found in _searches(folder):
        actors = set().union(*found.groups)
        row = [name, f"{process.seconds:.1f}", f"{process.cpu:.1f}"]
        row += [f"{process.peak / 2**20:,.0f}", f"{found.pair_count:,}"]
        row += [f"{len(found.groups):,}", f"{len(actors):,}"]
        if rings:
            planted = set().union(*rings.values())
            count = sum(_is_found(ring, found.groups) for ring in rings.values())
            row += [f"{count} of {len(rings)}", f"{len(actors & planted)} of {len(planted)}"]
            row.append(f"{len(actors - planted):,}")
        table.add_row(*row)
    Console(width=110).print(table)


def _searches(folder: Path) -> Iterator[tuple[str, Measured, Found]]:
    yield "attache", _attache(folder), _apart(_our_groups, folder)
    python = str(environment(PEER))
    command = [python, "-m", PEER.replace("-", "_"), str(folder / "peer.db")]
    read = run_process([*command, "preprocess", str(folder / "actions.csv")], {})
    for window, weight in PEER_RULES:
        rule = ["--time_window", str(window), "--min_edge_weight", str(weight), "--n_cpus", "2"]
        computed = run_process([*command, "compute", "co_retweet", *rule], {})
        both = Measured(  # reading the file is in each
            read.seconds + computed.seconds,
            read.cpu + computed.cpu,
            max(read.peak, computed.peak),
        )
        yield f"peer, {weight} within {window} s", both, _apart(_peer_groups, folder)


def _is_found(ring: set[str], groups: list[set[str]]) -> bool:
    """Whether most of a ring is in one group, and most of that group is the ring."""
    return any(2 * len(ring & group) > max(len(ring), len(group)) for group in groups)


def _attache(folder: Path) -> Measured:
    """The models up to the groups, by dbt; its start and the reading of the project are in it."""
    project = str(PROJECT / "dbt_project")
    command = [str(Path(sys.executable).with_name("dbt")), "build", "--select"]
    command += ["+dim_coordination_group", "--exclude-resource-type", "test", "unit_test"]
    command += ["--project-dir", project, "--profiles-dir", project]
    command += ["--target-path", str(folder / "dbt"), "--log-path", str(folder / "logs")]
    return run_process(command, {"ATTACHE_WAREHOUSE": str(_home(folder).warehouse)})


def _our_groups(folder: Path) -> Found:
    with duckdb.connect(str(_home(folder).warehouse), read_only=True) as warehouse:
        members = warehouse.execute(OUR_GROUPS).fetchall()
        ((pairs,),) = warehouse.execute(OUR_PAIRS).fetchall()
    groups: dict[str, set[str]] = {}
    for actor, group in members:
        groups.setdefault(group, set()).add(actor)
    return Found(int(pairs), list(groups.values()))


def _peer_groups(folder: Path) -> Found:
    with sqlite3.connect(folder / "peer.db") as network:
        edges = network.execute(
            "SELECT user_1, user_2 FROM co_retweet_network WHERE user_1 < user_2"
        ).fetchall()
    return Found(len(edges), _groups(edges))


def _groups(edges: list[tuple[str, str]]) -> list[set[str]]:
    if not edges:
        return []
    actors, places = np.unique(np.array(edges), return_inverse=True)
    first, second = places.reshape(-1, 2).T
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(len(actors), len(actors)))
    _, labels = connected_components(graph, directed=False)
    large = {label for label, size in Counter(labels.tolist()).items() if size >= LEAST_GROUP}
    return [set(actors[labels == label].tolist()) for label in large]


if __name__ == "__main__":
    os.chdir(PROJECT)
    typer.run(main)
