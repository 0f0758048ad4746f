"""The dictionary is whole: every published column has a meaning, a unit and a rule for null."""

from __future__ import annotations

import pytest

from attache.dictionary import Table, look_up, read_dictionary, read_questions, unit_of
from runtime.errors import WrongUseError

TABLES = read_dictionary()


def columns_without(what: str) -> list[str]:
    return [f"{t.name}.{c.name}" for t in TABLES for c in t.columns if not getattr(c, what)]


@pytest.mark.parametrize("what", ["meaning", "unit", "nulls"])
def test_every_column_says(what: str) -> None:
    assert columns_without(what) == []


def test_a_number_whose_name_does_not_say_its_unit_has_to_declare_it() -> None:
    assert unit_of("action_count_per_1k_followers", "double") == "for each thousand followers"
    assert unit_of("answered_share", "double") == "share, 0 to 1"
    assert unit_of("score", "double") == ""


def test_every_ratio_says_its_formula() -> None:
    ratios = [
        f"{t.name}.{c.name}"
        for t in TABLES
        for c in t.columns
        if c.unit.startswith(("for each", "share")) and c.formula is None
    ]
    assert ratios == []


def test_every_table_says_what_a_row_is() -> None:
    assert [t.name for t in TABLES if not t.grain.startswith("one row per ")] == []


def test_every_report_answers_a_question_and_every_question_has_a_report() -> None:
    reports = [table for table in TABLES if table.schema == "reporting"]
    assert [table.name for table in reports if not table.questions] == []
    assert {n for table in reports for n in table.questions} == set(read_questions())
    assert set(read_questions()) == set(range(1, 16))


def test_a_table_a_column_and_a_column_of_a_table_are_found() -> None:
    (table,) = look_up("fct_post")
    assert table.schema == "marts"
    assert "post_key" in {column.name for column in table.columns}
    everywhere = look_up("activity_date")
    assert {"fct_interaction", "fct_engagement_daily"} <= {t.name for t in everywhere}
    assert all([c.name for c in t.columns] == ["activity_date"] for t in everywhere)
    assert names(look_up("fct_post.action_count")) == [("fct_post", "action_count")]


def test_a_name_that_is_none_says_what_is_near_it() -> None:
    with pytest.raises(WrongUseError) as raised:
        look_up("fct_posts")
    assert "fct_post" in raised.value.hint
    with pytest.raises(WrongUseError):
        look_up("dim_date.action_count")


def names(tables: list[Table]) -> list[tuple[str, str]]:
    return [(table.name, column.name) for table in tables for column in table.columns]
