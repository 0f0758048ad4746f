"""Progress of long work, on standard error: done, left, rate. Silent where nobody is looking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

# What is printed is said by data: brackets, colons and long paths in it stand as they are.
console = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


class RateColumn(ProgressColumn):
    """Records a second, over the time that has passed."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")


class Meter:
    """Counts what is done; `advance` costs nothing worth noticing when called for a batch."""

    def __init__(self, progress: Progress, label: str, total: int | None) -> None:
        self._progress = progress
        self._task = progress.add_task(label, total=total)
        self.done = 0

    def advance(self, count: int) -> None:
        self.done += count
        self._progress.update(self._task, completed=self.done)


@contextmanager
def meter(label: str, total: int | None) -> Iterator[Meter]:
    """Show a bar on a terminal, and one closing line anywhere else.

    Args:
        label: what is being done, "landing".
        total: how many there are; None where it isn't known.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        counter = Meter(progress, label, total)
        yield counter
    if not console.is_terminal:
        console.print(f"{label}: {counter.done:,} done")
