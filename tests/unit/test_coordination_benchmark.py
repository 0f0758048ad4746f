"""What `make bench-coordination` calls a group, and a planted ring that was found."""

from __future__ import annotations

import pytest

from benchmarks.coordination import _groups, _is_found

RING = {"a", "b", "c", "d", "e"}


def test_a_group_is_five_who_are_connected() -> None:
    chain = [("a", "b"), ("b", "c"), ("d", "c"), ("e", "a")]
    four = [("w", "x"), ("x", "y"), ("y", "z")]
    assert _groups(chain + four) == [RING]
    assert _groups([]) == []


@pytest.mark.parametrize(
    ("group", "is_found"),
    [
        (RING, True),
        ({"a", "b", "c"}, True),
        ({"a", "b"}, False),
        (RING | {"v", "w", "x", "y"}, True),
        (RING | {"v", "w", "x", "y", "z"}, False),
    ],
)
def test_a_ring_is_found_by_a_group_that_is_most_of_it_and_mostly_it(
    group: set[str], is_found: bool
) -> None:
    assert _is_found(RING, [{"x"}, group]) is is_found
