"""Overlap: the next item is made in a thread of its own while the present one is used."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TypeVar

T = TypeVar("T")

END = object()


@contextmanager
def ahead(items: Iterable[T], patience: float | None = None) -> Iterator[Iterator[T | None]]:
    """The same items in the same order, each made while the one before it is used.

    The next one is begun when the one before it is taken. An error of the maker is raised where the
    item would have been; when the block is left early, the maker stops before its next item.

    Args:
        patience: for how many seconds an item is waited for before there is a None in its place.
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
        yield _taken(ready, room, patience)
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


class _Failure:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def _taken(
    ready: queue.SimpleQueue[object], room: threading.Semaphore, patience: float | None
) -> Iterator[T | None]:
    while True:
        try:
            item = ready.get(timeout=patience)
        except queue.Empty:
            yield None
            continue
        if item is END:
            return
        if isinstance(item, _Failure):
            raise item.error
        room.release()
        yield item  # type: ignore[misc]
        del item  # or it would be kept until the next one is there
