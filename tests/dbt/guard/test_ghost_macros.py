"""The ghost macros as dbt expands them with the seeds: a warehouse says what Python says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ghosts.card import load_scorecard
from ghosts.shares import estimate_share, share_doubt, share_weight
from tests.dbt.guard.conftest import Ask

CARD = load_scorecard()
STATED = ("followers", "following", "posts", "likes_given", "listed")
FLAGS = ("default_avatar", "has_bio", "has_location", "has_link")


def test_a_warehouse_scores_an_actor_as_python_does(ask: Ask) -> None:
    rows = ask(f"""
        SELECT ghost_score, ghost_band, ghost_reasons, (epoch(observed_at) - epoch(created_at)),
        {", ".join((*STATED, *FLAGS))}
        FROM intermediate.int_actor_profiles ORDER BY actor_key
    """)
    assert len(rows) > 2_000
    assert {row[1] for row in rows} >= {"ghost", "real"}
    for score, band, reasons, seconds, *stated in rows:
        columns = columns_of(seconds, stated)
        assert score == pytest.approx(CARD.score(columns), abs=1e-9)
        assert band == CARD.band(columns)
        assert sorted(reasons) == sorted(CARD.reasons(columns))


def test_a_warehouse_estimates_the_share_of_followers_as_python_does(ask: Ask) -> None:
    followers = ask("""
        SELECT ghost_score, posts FROM marts.fct_interaction
        JOIN intermediate.int_actor_profiles USING (actor_key)
        WHERE verb = 'follow' AND NOT is_undone AND ghost_score IS NOT NULL
    """)
    ((assessed, *found),) = ask("""
        SELECT assessed_count, ghost_share, ghost_share_low, ghost_share_high
        FROM intermediate.int_follower_shares
        QUALIFY row_number() OVER (ORDER BY activity_date DESC) = 1
    """)
    assert assessed == len(followers) > 1_000
    c = CARD.constants
    weight = float(np.mean([share_weight(score, c) for score, _ in followers]))
    doubt = float(np.mean([share_doubt(score, posts, c) for score, posts in followers]))
    expected = estimate_share(assessed, weight, doubt, c)
    assert found == pytest.approx([expected.share, expected.low, expected.high], abs=1e-9)


def columns_of(seconds: float | None, stated: list[Any]) -> dict[str, float | None]:
    """What the scorecard looks at, from what a profile states."""
    columns: dict[str, float | None] = {
        name: None if value is None else float(value)
        for name, value in zip((*STATED, *FLAGS), stated, strict=True)
    }
    followers, following, posts = (columns[name] for name in STATED[:3])
    age = None if seconds is None or seconds < 0 else float(seconds // 86_400)
    columns |= {"age_days": age, "handle_digits": None}
    if followers is not None and following is not None:
        columns["follow_ratio"] = following / (followers + 10)
        if posts is not None:
            columns["follow_pressure"] = following / (followers + posts + 10)
    if posts is not None and age is not None and age >= 1:
        columns["posts_per_day"] = posts / age
    return columns
