"""The policy file and the suites name the same checks, and a wrong file says where it is wrong."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from expectations.policy import load_policy
from expectations.suites.marts import marts_checks
from expectations.suites.raw import raw_checks
from runtime.errors import AttacheError

GOOD = "checks:\n  one:\n    severity: stop\n    tell: [analyst]\n    why: because\n"


def test_every_check_has_a_rule_and_every_rule_a_check() -> None:
    policy = load_policy()
    checks = [*raw_checks(policy, datetime(2014, 3, 1, tzinfo=UTC)), *marts_checks(policy, {})]
    assert sorted(check.check_id for check in checks) == sorted(policy.rules)


def test_every_check_says_in_words_what_it_expects_and_why() -> None:
    policy = load_policy()
    checks = [*raw_checks(policy, datetime(2014, 3, 1, tzinfo=UTC)), *marts_checks(policy, {})]
    for check in checks:
        assert check.description.endswith("."), check.check_id
        assert policy.rules[check.check_id].why.endswith("."), check.check_id


def test_rows_are_compared_of_what_only_grows() -> None:
    """A queue that was answered is shorter than yesterday, and that closes no gate."""
    published = {"marts.fct_post": 10, "reporting.rpt_unanswered": 10, "marts.fct_answer": 10}
    checks = marts_checks(load_policy(), published)
    (rows,) = (check for check in checks if check.check_id == "marts_rows_have_not_dropped")
    assert "marts.fct_post" in rows.offenders
    assert "rpt_unanswered" not in rows.offenders
    assert "fct_answer" not in rows.offenders


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("checks:\n  one: [\n", "policy.yml, line 3"),
        ("rules: {}\n", "the keys `checks` and `people`"),
        ("checks: []\n", "field `checks`"),
        (GOOD.replace("stop", "halt"), r"field `checks.one`: .*\$.severity"),
        (GOOD.replace("analyst", "nobody"), r"field `checks.one`: .*\$.tell\[0\]"),
        (GOOD.replace("    why: because\n", ""), "field `checks.one`: .*`why`"),
        (GOOD + "    becuase: typo\n", "field `checks.one`: .*`becuase`"),
        (GOOD + "    at_most: 5\n", "field `checks.one`: .*`at_most` and `unit` come together"),
        (GOOD + "    at_most: 5\n    unit: share\n", "field `checks.one`: .*no more than 1"),
        (GOOD + "people:\n  analyst: {mail: [nowhere]}\n", "field `people`: .*matching regex"),
        (GOOD + "people:\n  analyst: {phone: [1]}\n", "field `people`: .*unknown field `phone`"),
        (GOOD + "people:\n  cook: {}\n", "field `people`: .*'cook'"),
        (GOOD + "    at_most: -1\n    unit: hours\n", r"field `checks.one`: .*\$.at_most"),
    ],
)
def test_a_wrong_file_names_the_line_or_the_field(text: str, named: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.yml"
    path.write_text(text)
    with pytest.raises(AttacheError, match=named):
        load_policy(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AttacheError, match=r"gone\.yml can't be read"):
        load_policy(tmp_path / "gone.yml")


def test_a_check_that_measures_needs_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "policy.yml"
    path.write_text(GOOD)
    with pytest.raises(AttacheError, match="no limit for one"):
        load_policy(path).limit("one")


def test_the_gate_is_light_until_it_runs() -> None:
    code = "import sys, expectations.gate; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
