"""How many pieces the transactions of a landing have: work at once, and a full one at the end."""

from __future__ import annotations

import pytest

from ingestion.landing import PIECES, ROW_GROUP_RECORDS, first_pieces, piece_records


@pytest.mark.parametrize("whole", range(1, 40))
def test_after_the_first_ones_all_are_full(whole: int) -> None:
    firsts = first_pieces(whole)
    assert firsts[0] == 1
    assert sorted(firsts) == firsts
    if sum(firsts) <= whole:
        assert (whole - sum(firsts)) % PIECES == 0


@pytest.mark.parametrize(
    ("most", "records"), [(1, 1), (3, 1), (60, 15), (ROW_GROUP_RECORDS - 1, 30_719)]
)
def test_pieces_of_small_transactions(most: int, records: int) -> None:
    assert piece_records(most) == records


@pytest.mark.parametrize("most", [ROW_GROUP_RECORDS, 2 * ROW_GROUP_RECORDS, 491_520, 10**9])
def test_a_piece_fills_a_row_group(most: int) -> None:
    assert piece_records(most) == ROW_GROUP_RECORDS
