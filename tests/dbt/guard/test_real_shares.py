"""Lockstep on data nobody here made: shares of links around elections, and Weibo cascades."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from benchmarks.histories import Actions
from benchmarks.raw_rows import add_actions
from ingestion.warehouse import open_warehouse
from runtime.settings import PROJECT, Settings
from tests.dbt.guard.conftest import build_only, rows_of

DATA = PROJECT.parent / "shared" / "data"
ELECTIONS = DATA / "interactions" / "german_elections" / "german_elections.csv.gz"
CASCADES = DATA / "weibo_cascades" / "cascades.jsonl.gz"

SHARES = """SELECT account_id, 'url-' || url_id::BIGINT, min("timestamp")::BIGINT
    FROM read_csv($1) WHERE url_id IS NOT NULL GROUP BY ALL"""
REPOSTS = """SELECT e.uid, post_mid, min(epoch(try_cast(e."date" AS TIMESTAMP)))::BIGINT
    FROM (SELECT post_mid, unnest(events) AS e FROM read_json($1, maximum_object_size = 99999999,
        columns = {post_mid: 'VARCHAR', events: 'STRUCT(uid VARCHAR, "date" VARCHAR)[]'}))
    WHERE try_cast(e."date" AS TIMESTAMP) IS NOT NULL GROUP BY ALL"""


def test_pages_that_shared_the_same_links_within_seconds(settings: Settings) -> None:
    """Twelve groups, 143 pages: the tightest of them shared 30 links in the same second."""
    _build(settings, ELECTIONS, SHARES)
    groups = rows_of(
        settings.warehouse,
        """SELECT member_count, target_count, median_apart_seconds FROM marts.dim_coordination_group
        ORDER BY member_count DESC""",
    )
    assert (len(groups), sum(members for members, *_ in groups)) == (12, 143)
    assert all(targets >= 5 for _, targets, _ in groups)
    assert (9, 30, 0.0) in groups
    assert sum(members < 5 for members, *_ in groups) >= 3  # surer than larger ones need be
    assert sum(apart <= 60 for *_, apart in groups) >= 4


def test_cascades_hold_no_lockstep_though_their_bursts_are_steep(settings: Settings) -> None:
    """582,000 people, 97 % of them in one cascade: none meet more than four times in an hour."""
    _build(settings, CASCADES, REPOSTS)
    ((groups,),) = rows_of(settings.warehouse, "SELECT count(*) FROM marts.dim_coordination_group")
    ((pairs, most),) = rows_of(
        settings.warehouse,
        "SELECT count(*), max(meeting_count) FROM intermediate.int_lockstep_meetings",
    )
    assert groups == 0
    assert pairs > 0
    assert most == 4


def _build(settings: Settings, path: Path, select: str) -> None:
    if not path.exists():
        pytest.skip(f"{path.name} is not at {path.parent}")
    with duckdb.connect() as reader:
        rows = reader.execute(select, [str(path)]).fetchnumpy()
    actor, target, second = rows.values()
    verb = np.full(len(second), "share")
    actions = Actions(actor.astype(np.str_), target.astype(np.str_), second, verb)
    with open_warehouse(settings) as warehouse:
        add_actions(warehouse, actions)
    build_only(settings, "+dim_coordination_group")
