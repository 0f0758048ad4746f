"""Overlap: one item is made while the one before it is used, and no more than that."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from runtime.ahead import ahead, meanwhile


def test_one_item_is_made_ahead_and_the_next_waits_until_it_is_taken() -> None:
    asked = [threading.Event() for _ in range(4)]

    def items() -> Iterator[int]:
        for number, event in enumerate(asked):
            event.set()
            yield number

    with ahead(items()) as taken:
        for number, _ in enumerate(taken):
            if number + 1 < len(asked):
                assert asked[number + 1].wait(60)
            assert not any(event.is_set() for event in asked[number + 2 :])
    assert all(event.is_set() for event in asked)


def test_where_an_item_is_late_there_is_none_in_its_place() -> None:
    late = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        assert late.wait(60)
        yield 2

    with ahead(items(), patience=0.01) as taken:
        found = [next(taken), next(taken), next(taken)]
        late.set()
        found += taken
    assert found[:3] == [1, None, None]
    assert [item for item in found if item is not None] == [1, 2]


def test_an_error_of_the_maker_comes_where_the_item_would_have() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("no second one")

    taken: list[int | None] = []
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
    assert ended.is_set()


def test_an_item_that_was_used_is_not_kept_until_the_next_is_there() -> None:
    class Item:
        pass

    wanted, gone = threading.Event(), threading.Event()

    def items() -> Iterator[Item]:
        yield Item()
        assert wanted.wait(60)
        yield Item()

    with ahead(items()) as taken, ThreadPoolExecutor(1) as thread:
        used = weakref.ref(next(taken), lambda _: gone.set())
        following = thread.submit(next, taken)
        was_let_go = gone.wait(30)
        wanted.set()
        assert isinstance(following.result(), Item)
    assert was_let_go
    assert used() is None


def test_another_block_is_entered_meanwhile_and_left_with_this_one() -> None:
    here, told = threading.Event(), []

    @contextmanager
    def other() -> Iterator[int]:
        assert here.wait(60)
        told.append("entered")
        try:
            yield 7
        finally:
            told.append("left")

    with meanwhile(other()) as entered:
        here.set()
        assert entered() == 7
        assert told == ["entered"]
    assert told == ["entered", "left"]


def test_another_block_is_left_though_nobody_asked_for_it() -> None:
    told = []

    @contextmanager
    def other() -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            told.append(str(error))
            raise

    with pytest.raises(ValueError, match="before it was asked for"), meanwhile(other()):
        raise ValueError("before it was asked for")
    assert told == ["before it was asked for"]


def test_why_another_block_was_not_entered_is_told_where_it_is_asked_for() -> None:
    @contextmanager
    def other() -> Iterator[None]:
        raise ValueError("locked")
        yield

    with pytest.raises(ValueError, match="locked"), meanwhile(other()) as entered:
        entered()
