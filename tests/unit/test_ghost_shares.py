"""Shares behind scores: SQL and Python agree, intervals hold what they should."""

from __future__ import annotations

import duckdb
import pytest

from ghosts.card import load_scorecard
from ghosts.macros import render
from ghosts.shares import Share, estimate_share, real_reach, share_doubt, share_weight

C = load_scorecard().constants


def test_sql_and_python_estimate_the_same_share() -> None:
    rows = duckdb.execute(f"""
        select n, m, d, {render("ghost_share", "n", "m", "d", calibration=C)}
        from (values (1), (9), (10), (50), (999), (1000000)) sizes (n),
            (select range / 40 as m from range(41)),
            (values (0.0), (0.02), (0.1), (0.25)) doubts (d)
    """).fetchall()
    assert len(rows) == 6 * 41 * 4
    for n, m, d, *found in rows:
        expected = estimate_share(n, m, float(d), C)
        wanted = (expected.share, expected.low, expected.high, expected.unlike_share)
        assert found == [w if w is None else pytest.approx(w, abs=1e-9) for w in wanted]


def test_sql_and_python_weigh_a_score_the_same() -> None:
    scores = [position / 200 for position in range(1, 200)]
    weights = duckdb.execute(
        f"select {render('ghost_share_weight', 's', calibration=C)} from unnest($s) t (s)",
        {"s": scores},
    ).fetchall()
    for score, (weight,) in zip(scores, weights, strict=True):
        assert weight == pytest.approx(share_weight(score, C), abs=1e-9)


def test_sql_and_python_doubt_an_account_the_same() -> None:
    rows = duckdb.execute(f"""
        select score, posts, {render("ghost_share_doubt", "score", calibration=C)}
        from (select range / 200 as score from range(1, 200)) scores, (values (null), (0)) t (posts)
    """).fetchall()
    assert len(rows) == 199 * 2
    for score, posts, doubt in rows:
        assert doubt == pytest.approx(share_doubt(score, posts, C), abs=1e-9)


def test_a_crowd_whose_posts_nobody_knows_has_a_wider_interval_and_the_same_share() -> None:
    doubts = [C["doubt0"] + posts * C["doubt_no_posts"] for posts in (0, 1)]
    known, unknown = (estimate_share(10_000, 0.3, doubt, C) for doubt in doubts)
    assert known.share == unknown.share
    assert bounds(unknown)[0] < bounds(known)[0] <= bounds(known)[1] < bounds(unknown)[1]


def test_the_two_known_crowds_are_all_people_and_all_ghosts() -> None:
    people = estimate_share(10_000, C["mu0"], C["doubt0"], C)
    ghosts = estimate_share(10_000, C["mu1"], C["doubt1"], C)
    assert people.share == pytest.approx(0)
    assert ghosts.share == pytest.approx(1)
    half = estimate_share(10_000, (C["mu0"] + C["mu1"]) / 2, (C["doubt0"] + C["doubt1"]) / 2, C)
    assert half.share == pytest.approx(0.5)
    assert bounds(half)[0] < 0.5 < bounds(half)[1]


def test_an_interval_narrows_with_what_was_seen_down_to_how_far_sources_differ() -> None:
    widths = []
    for assessed in (10, 100, 10_000, 10_000_000):
        low, high = bounds(estimate_share(assessed, 0.2, 0.03, C))
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] > 2 * C["mu0_sd"]


def test_a_crowd_that_scores_in_between_widens_the_interval_both_ways() -> None:
    known = estimate_share(10_000, 0.3, 0.05, C)
    strange = estimate_share(10_000, 0.3, 0.2, C)
    assert known.unlike_share == 0
    # No more than what is doubted beyond the known crowd, and most of it
    assert 4 * (0.2 - 0.05) / 2 < (strange.unlike_share or 0) < 4 * (0.2 - 0.05)
    assert strange.share == known.share
    assert bounds(strange)[0] < bounds(known)[0] <= bounds(known)[1] < bounds(strange)[1]


def test_too_few_have_no_share_and_no_reach() -> None:
    few = estimate_share(int(C["min_assessed"]) - 1, 0.5, 0.1, C)
    assert few == Share(None, None, None, None)
    assert real_reach(570_000, few) is None


def test_real_reach_is_what_the_share_leaves() -> None:
    assert real_reach(1000, Share(0.2, 0.1, 0.4, 0)) == (800, 600, 900)


def bounds(share: Share) -> tuple[float, float]:
    assert share.low is not None
    assert share.high is not None
    return share.low, share.high
