"""Each question has a model that answers it, and each count of a day is a metric."""

from __future__ import annotations

import tomllib

import pytest

from runtime.settings import PROJECT
from tests.dbt.conftest import Built
from tests.dbt.test_models import layer, models

QUESTIONS = tomllib.loads((PROJECT / "attache" / "questions.toml").read_text())["questions"]


@pytest.mark.parametrize("question", [int(number) for number in QUESTIONS])
def test_a_report_answers_each_question_on_the_golden_quarter(
    reports: Built, question: int
) -> None:
    answering = [
        f"{node['schema']}.{node['name']}"
        for node in models(reports)
        if layer(node) in {"marts", "reporting"}
        and question in node["config"]["meta"].get("questions", [])
    ]
    rows = {name: reports.rows(f"SELECT count(*) AS n FROM {name}")[0]["n"] for name in answering}
    assert any(rows.values()), f"{QUESTIONS[str(question)]}: {rows}"


def test_each_count_of_an_accounts_day_is_a_metric(reports: Built) -> None:
    metrics = {node["name"] for node in reports.artifact("manifest.json")["metrics"].values()}
    described = reports.rows("DESCRIBE marts.fct_engagement_daily")
    counts = {c["column_name"] for c in described if c["column_type"] == "BIGINT"}
    assert counts
    assert counts - metrics == set()


def test_each_statement_of_a_profile_is_a_metric(reports: Built) -> None:
    metrics = {node["name"] for node in reports.artifact("manifest.json")["metrics"].values()}
    described = reports.rows("DESCRIBE marts.fct_account_daily")
    stated = {c["column_name"] for c in described if c["column_name"].startswith("stated_")}
    assert stated
    assert stated - metrics == set()
