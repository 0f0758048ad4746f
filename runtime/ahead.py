"""Overlap: the next item is made in a thread of its own while the present one is used."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TypeVar

T = TypeVar("T")

END = object()
LONG_TURN_SECONDS = 0.1


@contextmanager
def ahead(items: Iterable[T]) -> Iterator[Iterator[T]]:
    """The same items in the same order, each made while the one before it is used.

    No more than these two are there: the next one is begun when the one before it is taken. An
    error of the maker is raised where the item would have been; when the block is left early, the
    maker stops before its next item.
    """
    ready: queue.SimpleQueue[object] = queue.SimpleQueue()
    room = threading.Semaphore(1)
    given_up = threading.Event()

    def make() -> None:
        try:
            supply = iter(items)
            item: object = None
            while item is not END:
                item = None  # or it would be kept until the next one is made
                room.acquire()
                if given_up.is_set():
                    return
                item = next(supply, END)
                ready.put(item)
        except BaseException as error:  # it belongs to whoever uses the items
            ready.put(_Failure(error))

    maker = threading.Thread(target=make, name="ahead", daemon=True)
    maker.start()
    try:
        yield _taken(ready, room)
    finally:
        given_up.set()
        room.release()
        maker.join()


@contextmanager
def meanwhile(manager: AbstractContextManager[T]) -> Iterator[Callable[[], T]]:
    """Enter another block in a thread of its own, and leave it with this one.

    Yields:
        Waits for it to be entered, and gives what it gave or raises what it raised.
    """
    with ExitStack() as entered, ThreadPoolExecutor(1, "meanwhile") as thread:
        entering = thread.submit(entered.enter_context, manager)
        yield entering.result


@contextmanager
def long_turns() -> Iterator[None]:
    """A thread in this block that runs Python is asked to make room for others every 0.1 s.

    Not every 5 ms, as else: one that waits for DuckDB's other threads asks for its turn all the
    time, and has nothing to do with it. Whoever reads, writes or calls compiled loops makes room
    anyhow. The setting is of the whole process, and put back in the end.
    """
    interval = sys.getswitchinterval()
    sys.setswitchinterval(LONG_TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


class _Failure:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def _taken(ready: queue.SimpleQueue[object], room: threading.Semaphore) -> Iterator[T]:
    while (item := ready.get()) is not END:
        if isinstance(item, _Failure):
            raise item.error
        room.release()
        yield item  # type: ignore[misc]
