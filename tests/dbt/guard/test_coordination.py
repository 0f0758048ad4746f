"""Lockstep: planted groups are found, whole and apart; crowds that merely rush are left alone."""

from __future__ import annotations

from benchmarks.raw_rows import actor_key
from tests.dbt.guard.conftest import Ask
from tests.dbt.guard.world import RINGS

RING_OF = {
    actor_key(f"{ring}-{number}"): ring
    for ring, (size, *_) in RINGS.items()
    for number in range(size)
}


def test_each_planted_group_is_one_group_and_nobody_else_is_in_any(ask: Ask) -> None:
    members = ask(
        "SELECT coordination_group_key, actor_key FROM intermediate.int_coordination_members"
    )
    groups: dict[str, list[str]] = {}
    for group, actor in members:
        groups.setdefault(group, []).append(RING_OF.get(actor, f"a bystander, {actor}"))
    found = sorted((sorted(set(names)), len(names)) for names in groups.values())
    assert found == [([ring], size) for ring, (size, *_) in sorted(RINGS.items())]


def test_a_celebrity_and_a_contest_and_a_small_place_have_pairs_to_look_at(ask: Ask) -> None:
    """Else the test above would prove nothing about them."""
    rows = ask(
        """SELECT split_part(target_key, ':', 3)[:4] AS account, count(DISTINCT actor_number_a)
        FROM intermediate.int_lockstep_pairs AS pairs
        JOIN intermediate.int_lockstep_actions AS actions
            ON actions.actor_number = pairs.actor_number_a
        JOIN intermediate.int_lockstep_targets USING (target_number)
        GROUP BY ALL HAVING count(*) > 100"""
    )
    assert {account for account, _ in rows} >= {"emba", "star", "isle"}


def test_the_evidence_names_targets_and_seconds(ask: Ask) -> None:
    rows = ask(
        """SELECT groups.member_count, count(*), min(meeting_count),
        max(date_diff('second', evidence.first_at, evidence.last_at)),
        bool_and(post_key IS NOT NULL)
        FROM marts.fct_coordination_evidence AS evidence
        JOIN marts.dim_coordination_group AS groups USING (coordination_group_key)
        WHERE groups.member_count IN (6, 20) GROUP BY ALL ORDER BY ALL"""
    )
    (small, small_targets, small_pairs, small_seconds, _), (large, targets, pairs, seconds, _) = (
        rows
    )
    assert (small, small_targets, small_pairs) == (6, 8, 15)
    assert (large, targets, pairs) == (20, 10, 190)
    assert small_seconds <= 60
    assert seconds <= 45


def test_a_group_says_how_sure_it_is(ask: Ask) -> None:
    rows = ask(
        """SELECT member_count, target_count, window_seconds, median_meeting_count,
        median_expected_meeting_count < 2, largest_chance < 1e-6, rules_version
        FROM marts.dim_coordination_group WHERE member_count = 20"""
    )
    ((members, targets, window, meetings, *sure, version),) = rows
    assert (members, targets, window, meetings) == (20, 10, 60, 10)
    assert sure == [True, True]
    assert version
