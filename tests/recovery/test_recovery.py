"""A selection of the crash matrix for every test run; `make recovery` runs the whole of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.recovery import changes, gone, matrix, row_groups
from tests.recovery.lab import Lab, running_broker
from tests.recovery.matrix import Undisturbed
from tests.recovery.probe import (
    AFTER_COMMIT,
    AFTER_POLL,
    BEFORE_COMMIT,
    CHECKPOINT_STAGES,
    INSIDE_CLOSE,
    INSIDE_COMMIT,
    INSIDE_INSERT,
    MID_INSERT,
    Fault,
)
from tests.recovery.scenario import Row
from tests.recovery.state import broken_laws, differences

POINTS = (
    AFTER_POLL, INSIDE_INSERT, MID_INSERT, BEFORE_COMMIT, INSIDE_COMMIT, AFTER_COMMIT,
    INSIDE_CLOSE, next(iter(CHECKPOINT_STAGES)),
)  # fmt: skip
TAMPERINGS = {
    "a row is missing": "DELETE FROM raw.posts WHERE kafka_offset = 0",
    "a row is there twice": "INSERT INTO raw.posts FROM raw.posts WHERE kafka_offset = 0",
    "a dead letter is missing": "DELETE FROM raw.dead_letters WHERE kafka_offset = "
    "(SELECT min(kafka_offset) FROM raw.dead_letters)",
    "an offset is ahead": "UPDATE raw.batches SET first_offset = first_offset + 1 "
    "WHERE first_offset > 0",
    "the last drain was not closed": "UPDATE raw.drains SET finished_at = NULL",
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab with a Kafka of its own, whose topics nobody else fills."""
    folder = tmp_path_factory.mktemp("recovery")
    with running_broker(folder / "broker") as broker:
        yield Lab(folder, broker.servers, seed=1)


@pytest.fixture(scope="module")
def calm(lab: Lab) -> Undisturbed:
    return matrix.undisturbed(lab)


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_landing_ends_as_an_undisturbed_one(
    lab: Lab, calm: Undisturbed, point: str
) -> None:
    row = Row(point)
    occurrence = 1 if calm.hits[point] == 1 else 2
    matrix.kill_and_rerun(lab, calm, row, Fault(point, occurrence, delay=0.002))
    assert row.failures == []
    assert (row.kills, row.cases) == (1, 1)


def test_two_threads_that_fill_row_groups_are_killed(tmp_path: Path) -> None:
    with running_broker(tmp_path / "broker") as broker:
        lab = Lab(tmp_path / "lab", broker.servers, seed=2, small=False)
        rows = list(row_groups.kill_two_threads(lab, 1, (INSIDE_INSERT, INSIDE_COMMIT)))
    assert [row.kills for row in rows] == [1, 1]
    _assert_well(iter(rows))


def test_two_landings_at_once(lab: Lab, calm: Undisturbed) -> None:
    _assert_well(changes.race_two_landings(lab, calm, rounds=2))


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_the_comparison_sees_what_a_bad_landing_would_do(
    calm: Undisturbed, tmp_path: Path, tampering: str
) -> None:
    copy = tmp_path / "warehouse.duckdb"
    shutil.copy(calm.warehouse, copy)
    assert differences(copy, calm.warehouse) + broken_laws(copy) == []
    with duckdb.connect(str(copy)) as warehouse:
        warehouse.execute(TAMPERINGS[tampering])
    assert broken_laws(copy) != []


def test_data_that_is_gone_is_named_counted_and_gone_on_from(lab: Lab, calm: Undisturbed) -> None:
    """Last in this file: it changes the topics."""
    _assert_well(gone.pass_retention(lab))
    _assert_well(gone.recreate_topic(lab))


def _assert_well(rows: Iterator[Row]) -> None:
    for row in rows:
        assert row.failures == []
        assert row.cases
