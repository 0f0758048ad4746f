"""What training leaves open is chosen by left-out sources, and a family can have no say in it."""

from __future__ import annotations

import numpy as np
import pytest

from ghosts import choices
from ghosts.choices import FALSE_FLAGS, Measured, choose
from ghosts.features import COLUMNS
from ghosts.fit import Labelled, Recipe
from ghosts.holdout import PAIRS, Pair
from ghosts.nested import nested

SHARP, FLAT = Recipe(0.003, 0.35), Recipe(0.03, 0.35)
EACH = 400


@pytest.fixture(autouse=True)
def few_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "RECIPES", [SHARP, FLAT])
    monkeypatch.setattr(choices, "RATIOS", (5, 10))
    monkeypatch.setattr(choices, "FLOORS", (0,))


def measured(strange: str = "") -> Measured:
    """Generated sources, alike but for one family.

    The sharp recipe tells accounts from people everywhere but there, and its people look hollow by
    the looser of two ratios.
    """
    generator = np.random.default_rng(7)
    names = sorted({name for pair in PAIRS for name in pair})
    source = np.repeat(names, EACH)
    is_ghost = np.array([not name.endswith(("real", "series")) for name in source])
    columns = dict.fromkeys(COLUMNS, np.full(len(source), np.nan))
    columns["followers"] = np.where(is_ghost, 10.0, 50.0)
    columns["following"] = np.where(is_ghost, 200.0, 150.0)
    columns["posts"] = np.full(len(source), 5.0)
    odd = np.char.startswith(source, strange) if strange else np.zeros(len(source), bool)
    columns["following"] = np.where(odd & ~is_ghost, 300.0, columns["following"])
    rows = Labelled(source, np.full(len(source), ""), columns)
    whole = {}
    for recipe, apart in ((SHARP, 3.0), (FLAT, 1.0)):
        sign = np.where(is_ghost, 1.0, -1.0) * np.where(odd & (recipe == SHARP), -1.0, 1.0)
        scores = 1 / (1 + np.exp(-sign * apart - generator.normal(0, 0.5, len(source))))
        scores[odd & ~is_ghost] = 0.9
        whole[recipe] = [pair_of(rows, *names, scores) for names in PAIRS]
    return Measured(rows, {}, whole, whole)


def pair_of(rows: Labelled, accounts: str, people: str, scores: np.ndarray) -> Pair:
    ghosts, real = (np.flatnonzero(rows.source == name) for name in (accounts, people))
    return Pair(accounts, people, scores[ghosts], scores[real], ghosts, real)


def test_a_family_left_out_has_no_say() -> None:
    usual, strange = measured(), measured(strange="instafake")
    assert choose(usual).recipe == SHARP
    assert choose(strange).recipe == FLAT
    assert choose(strange).hollow != choose(usual).hollow
    # The steepness, too, but for the people that others' shares are calibrated on
    assert choose(strange, "instafake")[:3] == choose(usual, "instafake")[:3]


def test_the_rule_flags_no_more_people_of_any_source_than_allowed() -> None:
    strange = measured(strange="botornot")
    chosen = choose(strange)
    for pair in strange.whole[chosen.recipe]:
        flagged = chosen.called(strange.rows, pair.real_rows, pair.real)
        assert flagged.mean() <= FALSE_FLAGS
    unheard = choose(strange, unseen="botornot")
    pair = strange.whole[unheard.recipe][-1]
    assert pair.people == "botornot real"
    assert unheard.called(strange.rows, pair.real_rows, pair.real).mean() > FALSE_FLAGS


def test_the_nested_table_judges_each_pair_by_choices_that_never_saw_it() -> None:
    strange = measured(strange="botornot")
    told = {(row.accounts, row.people): row for row in nested(strange)}
    assert set(told) == set(PAIRS)
    assert told["botornot bots", "botornot real"].false_flags > FALSE_FLAGS
    assert told["mib2015 bought", "mib2015 real"].false_flags <= FALSE_FLAGS
