"""Overlap: one item is made while the one before it is used, and no more than that."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from runtime.ahead import ahead


def test_one_item_is_made_ahead_and_the_next_waits_until_it_is_taken() -> None:
    asked = [threading.Event() for _ in range(4)]

    def items() -> Iterator[int]:
        for number, event in enumerate(asked):
            event.set()
            yield number

    with ahead(items()) as taken:
        for number in taken:
            if number + 1 < len(asked):
                assert asked[number + 1].wait(60)
            assert not any(event.is_set() for event in asked[number + 2 :])
    assert all(event.is_set() for event in asked)


def test_an_error_of_the_maker_comes_where_the_item_would_have() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("no second one")

    taken: list[int] = []
    with pytest.raises(ValueError, match="no second one"), ahead(items()) as made:
        taken += made
    assert taken == [1]


def test_who_leaves_early_stops_the_maker() -> None:
    ended = threading.Event()

    def items() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            ended.set()

    with ahead(items()) as taken:
        assert next(taken) == 1
    assert ended.wait(60)
