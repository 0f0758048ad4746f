"""Law 4: an incremental build gives the rows of a full one, whatever arrived in which order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from attache.build import build
from runtime.settings import Settings
from tests.histories import differences, histories, land_and_build, land_events
from tests.pipeline import RUN
from tests.samples import JSON

FEW = examples(
    max_examples=2,
    deadline=None,
    derandomize=True,  # a failure is the same for everybody; a new history is a new strategy
    database=None,
    phases=[Phase.generate],  # a build takes seconds: nobody waits for a shrunk example
    suppress_health_check=list(HealthCheck),
)


@FEW
@given(events=histories(), cuts=st.lists(st.floats(0, 1), min_size=2, max_size=3))
def test_batches_in_any_order_give_the_rows_of_a_full_build(
    tmp_path_factory: pytest.TempPathFactory, events: list[JSON], cuts: list[float]
) -> None:
    folder = tmp_path_factory.mktemp("history")
    by_batch, at_once = _home(folder / "by_batch"), _home(folder / "at_once")
    kinds = []
    for part in _cut(events, cuts):
        land_events(by_batch, part)
        kinds.append(build(by_batch, RUN).kind)
    assert kinds == ["full"] + ["incremental"] * (len(kinds) - 1)
    land_and_build(at_once, events[::-1])
    assert differences(by_batch, at_once) == []


def _home(path: Path) -> Settings:
    return Settings(home=path)


def _cut(events: Sequence[JSON], cuts: Sequence[float]) -> list[Sequence[JSON]]:
    places = sorted({0, len(events), *(int(cut * len(events)) for cut in cuts)})
    return [events[a:b] for a, b in pairwise(places)]
