"""Overlap: the next item is made in a thread of its own while the present one is used."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

END = object()
GIVE_UP_CHECK_SECONDS = 0.2


@contextmanager
def ahead(items: Iterable[T]) -> Iterator[Iterator[T]]:
    """The same items in the same order, each made while the one before it is used.

    At most one finished item waits. An error of the maker is raised where the item would have been;
    when the block is left early, the maker stops at its next item.
    """
    ready: queue.Queue[object] = queue.Queue(maxsize=1)
    given_up = threading.Event()

    def hand_over(item: object) -> bool:
        while not given_up.is_set():
            try:
                ready.put(item, timeout=GIVE_UP_CHECK_SECONDS)
            except queue.Full:
                continue
            return True
        return False

    def make() -> None:
        try:
            for item in items:
                if not hand_over(item):
                    return
            hand_over(END)
        except BaseException as error:  # it belongs to whoever uses the items
            hand_over(_Failure(error))

    maker = threading.Thread(target=make, name="ahead", daemon=True)
    maker.start()
    try:
        yield _taken(ready)
    finally:
        given_up.set()
        maker.join()


class _Failure:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def _taken(ready: queue.Queue[object]) -> Iterator[T]:
    while (item := ready.get()) is not END:
        if isinstance(item, _Failure):
            raise item.error
        yield item  # type: ignore[misc]
