"""The reference case's own stream, with ghosts and a ring planted beside its contest."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from attache.dbt_run import run_dbt
from benchmarks.histories import burst, people
from benchmarks.profiles import profiles_of_ghosts
from benchmarks.raw_rows import actor_key, add_actions, add_profiles
from ingestion.pseudonyms import Pseudonyms
from ingestion.replay import open_source
from ingestion.warehouse import open_warehouse
from runtime.settings import Settings
from tests.dbt.guard.conftest import rows_of
from tests.landed import land_messages
from tests.pipeline import RUN

CONTEST_ACTIONS, OTHER_ACTIONS = 70_000, 38_328
RING, RING_POSTS, SOLD, SOLD_POSTS = 12, 8, 200, 2


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with canadaweibo-2014 landed whole, and what nobody published planted in it."""
    settings = Settings(home=tmp_path_factory.mktemp("reference"))
    source = open_source("canadaweibo-2014", None, None, None)
    land_messages(settings, RUN, source.messages(Pseudonyms(b"s" * 32)))
    with open_warehouse(settings) as warehouse:
        _plant(warehouse)
    assert run_dbt(settings).success
    return settings


def test_contest_ghosts_and_ring_are_told_apart_on_the_published_stream(
    reference: Settings,
) -> None:
    """The published figures stand as they were; what is planted is classed beside them."""
    classes = dict(
        rows_of(
            reference.warehouse,
            "SELECT engagement_class, count(*) FROM marts.fct_interaction GROUP BY ALL",
        )
    )
    assert classes.pop("incentivised") == CONTEST_ACTIONS
    assert classes.pop("coordinated") == RING * RING_POSTS
    assert SOLD * SOLD_POSTS * 0.95 <= classes["ghost"] <= SOLD * SOLD_POSTS
    assert sum(classes.values()) == OTHER_ACTIONS + SOLD * SOLD_POSTS
    assert "organic" not in classes  # nobody has profiles of the stream's own people


def test_the_ring_is_one_group_and_none_of_the_crowd_is_in_it(reference: Settings) -> None:
    members = rows_of(
        reference.warehouse,
        "SELECT coordination_group_key, actor_key FROM intermediate.int_coordination_members",
    )
    assert len({group for group, _ in members}) == 1
    assert {actor for _, actor in members} == {actor_key(f"ring-{n}") for n in range(RING)}


def test_the_day_of_the_ghosts_is_inflated_and_that_of_the_contest_is_not(
    reference: Settings,
) -> None:
    rows = rows_of(
        reference.warehouse,
        """SELECT action_count_ghost > 0, action_count_incentivised > 30000, inflation_reasons
        FROM marts.fct_engagement_daily WHERE is_inflated OR action_count_incentivised > 30000""",
    )
    by_ghosts = [set(reasons) for ghosts, _, reasons in rows if ghosts]
    assert any("ghosts_gathered" in why or "unusual_mix" in why for why in by_ghosts)
    contests = [reasons for _, contest, reasons in rows if contest]
    assert len(contests) == 1
    assert "unusual_volume" not in (contests[0] or [])


def _plant(warehouse: duckdb.DuckDBPyConnection) -> None:
    rng = np.random.default_rng(2014)
    posts = warehouse.execute(
        """SELECT post_id, epoch(created_at)::BIGINT FROM raw.posts
        WHERE campaign IS NULL ORDER BY created_at, post_id"""
    ).fetchnumpy()
    post, second = (np.asarray(values) for values in posts.values())
    ring = slice(20, 20 + 4 * RING_POSTS, 4)
    add_actions(
        warehouse,
        burst(people("ring", RING), post[ring].astype(np.str_), second[ring] + 900, 45, rng),
    )
    sold = people("sold", SOLD)
    liked = slice(150, 150 + SOLD_POSTS)
    add_actions(
        warehouse,
        burst(sold, post[liked].astype(np.str_), second[liked] + 60, 6 * 3600, rng, "like"),
    )
    add_profiles(warehouse, "actor", profiles_of_ghosts(sold, rng))
