"""The report that a person opens."""

from __future__ import annotations

import re

from expectations.checkpoint import KEPT_RUNS
from expectations.policy import load_policy
from expectations.report import report_folder
from runtime.settings import Settings
from tests.gate.closed import closed
from tests.gate.conftest import Execute


def test_the_report_says_what_failed_where_and_why_without_a_network(
    settings: Settings, execute: Execute
) -> None:
    execute("UPDATE raw.counters SET likes = -5, event_id = '<b>' WHERE event_id = 'c1'")
    closed(settings)
    page = (report_folder(settings) / "index.html").read_text()
    assert "The gate is closed" in page
    assert "raw.counters s/&lt;b&gt; (likes is -5)" in page
    assert "2014-03-01T06:00:00Z" in page
    assert load_policy().rules["raw_counts_are_not_negative"].why in page
    assert "http" not in page
    links = re.findall("href='([^']+)'", page)
    assert len(links) == 3
    assert all((report_folder(settings) / link).is_file() for link in links)


def test_data_docs_name_the_keys_and_keep_the_latest_runs(
    settings: Settings, execute: Execute
) -> None:
    execute("UPDATE raw.counters SET likes = -5 WHERE event_id = 'c1'")
    folder = report_folder(settings)
    for number in range(KEPT_RUNS + 3):
        (folder / "results" / "raw" / f"old-{number}").mkdir(parents=True)
    closed(settings)
    (page,) = (folder / "data_docs" / "validations" / "raw").rglob("*.html")
    assert "raw.counters s/c1: likes is -5" in page.read_text()
    kept = {run.name for run in (folder / "results" / "raw").iterdir()}
    assert len(kept) == KEPT_RUNS
    assert "check-000001" in kept
