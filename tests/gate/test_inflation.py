"""Inflated days at the gate: flagged, or stopped by a policy, until a named person answers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from attache.build_plan import Inputs
from expectations import gate
from expectations.checks import CheckReport
from expectations.overrides import (
    Scope,
    add_override,
    list_overrides,
    withdraw_override,
)
from expectations.policy import POLICY_FILE, load_policy
from expectations.suites.inflation import DAY_SHARE, IS_NOT_INFLATED, RECENT_SHARE
from ingestion.warehouse import open_warehouse
from runtime.errors import WrongUseError
from runtime.run import Run
from runtime.settings import Settings
from tests.gate.closed import closed
from tests.gate.conftest import Execute
from tests.gate.poisons import DAY, ON_DAY
from tests.gate.warehouse import LOGICAL_AT, RUN

INFLATE = f"""UPDATE marts.fct_engagement_daily
    SET is_inflated = true, inflation_reasons = ['ghost_share', 'lockstep_share'],
        action_count_ghost = action_count_ghost + action_count_organic, action_count_organic = 0
    {ON_DAY}"""
"""Most of the day is by ghosts or in lockstep, in all actions alone: law 6 holds."""
BUILD = "CREATE OR REPLACE TABLE ops.ops_override AS FROM raw.gate_overrides"
SCOPE = Scope(key=DAY, account_key="weibo:can", activity_date=date(2014, 1, 1))
WHY = "The prize was announced by the ministry"
ON = datetime(2014, 3, 1, tzinfo=UTC)


@pytest.fixture
def strict(settings: Settings, tmp_path: Path) -> Settings:
    """Settings whose policy stops at inflated shares."""
    path = tmp_path / "policy.yml"
    text = POLICY_FILE.read_text()
    for check_id in (DAY_SHARE, RECENT_SHARE):
        text = text.replace(f"{check_id}:\n    severity: flag", f"{check_id}:\n    severity: stop")
    path.write_text(text)
    return replace(settings, policy=path)


def failed(report: CheckReport) -> set[str]:
    return {result.check_id for result in report.results if not result.success}


def add(settings: Settings, scope: Scope = SCOPE, **more: date) -> int:
    policy = load_policy(settings.policy)
    return add_override(settings, policy, scope, "Jane Roe", WHY, ON, **more)[0].override_id


def test_by_default_an_inflated_day_is_flagged_and_published(
    settings: Settings, execute: Execute
) -> None:
    execute(INFLATE)
    report = gate.check(settings, RUN)
    assert report.passed
    assert failed(report) == {IS_NOT_INFLATED, DAY_SHARE, RECENT_SHARE}


def test_a_policy_stops_at_the_share_that_it_sets(strict: Settings, execute: Execute) -> None:
    execute(INFLATE)
    report = closed(strict)
    assert {r.check_id for r in report.failed("stop")} == {DAY_SHARE, RECENT_SHARE}
    assert strict.policy is not None
    text = strict.policy.read_text().replace("at_most: 0.5", "at_most: 0.99")
    strict.policy.write_text(text.replace("at_most: 0.2", "at_most: 0.99"))
    assert failed(gate.check(strict, RUN)) == {IS_NOT_INFLATED}


def test_only_the_last_four_weeks_count_for_the_recent_share(
    settings: Settings, execute: Execute
) -> None:
    execute(INFLATE)
    execute("UPDATE marts.dim_horizon SET as_of_date = '2014-01-30'")
    assert RECENT_SHARE not in failed(gate.check(settings, RUN))


def test_an_override_opens_the_gate_once_it_is_built_and_leaves_the_measure(
    strict: Settings, execute: Execute
) -> None:
    execute(INFLATE)
    add(strict)
    closed(strict)  # it isn't in what would be published
    execute(BUILD)
    report = gate.check(strict, RUN)
    assert failed(report) == set()
    said = {r.check_id: r.overrides for r in report.results if r.overrides}
    sentence = f"{DAY}: by Jane Roe, 2014-03-01: {WHY}"
    assert said == {IS_NOT_INFLATED: [sentence], DAY_SHARE: [sentence]}
    page = Path(report.report).read_text()
    assert f"by Jane Roe, 2014-03-01: {WHY}" in page
    assert execute("SELECT count(*) FROM marts.fct_engagement_daily WHERE is_inflated") == [(1,)]


def test_another_day_is_not_let_pass(strict: Settings, execute: Execute) -> None:
    execute(INFLATE)
    add(strict)
    execute(BUILD)
    execute(INFLATE.replace("2014-01-01", "2014-01-02"))
    (result,) = [r for r in closed(strict).results if r.check_id == DAY_SHARE]
    assert [offender.key for offender in result.sample] == ["weibo:can 2014-01-02"]


def test_an_override_ends_after_its_last_day_and_when_it_is_withdrawn(
    strict: Settings, execute: Execute
) -> None:
    execute(INFLATE)
    number = add(strict, last_date=LOGICAL_AT.date())
    execute(BUILD)
    assert gate.check(strict, RUN).passed
    closed(strict, Run("next", LOGICAL_AT + timedelta(days=1)))
    withdraw_override(strict, number, "John Doe", "It was another prize", ON)
    execute(BUILD)
    closed(strict)
    (kept,) = list_overrides(strict)
    assert (kept.made_by, kept.withdrawn_by, kept.withdrawn_reason) == (
        *("Jane Roe", "John Doe", "It was another prize"),
    )


def test_a_whole_check_is_overridden_where_the_policy_allows_it(
    settings: Settings, execute: Execute
) -> None:
    execute("DELETE FROM marts.dim_date WHERE date_day < '2014-01-11'")
    closed(settings)
    add(settings, Scope(check_id="marts_rows_have_not_dropped"))
    execute(BUILD)
    assert gate.check(settings, RUN).passed


def test_overrides_are_idempotent_and_change_what_is_to_be_built(
    settings: Settings, execute: Execute
) -> None:
    execute(INFLATE)
    with open_warehouse(settings) as warehouse:
        before = Inputs.of(warehouse).fingerprint
    assert (add(settings), add(settings)) == (1, 1)
    with open_warehouse(settings) as warehouse:
        made = Inputs.of(warehouse).fingerprint
    outcomes = [withdraw_override(settings, 1, "John Doe", WHY, ON)[1] for _ in range(2)]
    assert outcomes == [True, False]
    with open_warehouse(settings) as warehouse:
        withdrawn = Inputs.of(warehouse).fingerprint
    assert len({before, made, withdrawn}) == 3
    assert add(settings) == 2


@pytest.mark.parametrize(
    ("scope", "by", "reason", "until", "said"),
    [
        (SCOPE, "?", WHY, None, "names nobody"),
        (SCOPE, "Jane Roe", "ok", None, "no reason"),
        (SCOPE, "Jane Roe", WHY, date(2014, 2, 28), "has passed"),
        (Scope(check_id="nothing"), "Jane Roe", WHY, None, "no check 'nothing'"),
        (Scope(check_id="fct_post_key_is_whole"), "Jane Roe", WHY, None, "lets nobody override"),
        (
            Scope(
                key="weibo:can 2014-01-02", account_key="weibo:can", activity_date=date(2014, 1, 2)
            ),
            *("Jane Roe", WHY, None, "weibo:can 2014-01-01"),
        ),
        (SCOPE, "Someone Else", WHY, None, "override withdraw 1"),
    ],
)
def test_a_wrong_override_is_refused_with_what_to_do(
    scope: Scope,
    by: str,
    reason: str,
    until: date | None,
    said: str,
    settings: Settings,
    execute: Execute,
) -> None:
    execute(INFLATE)
    add(settings)
    with pytest.raises(WrongUseError) as caught:
        add_override(settings, load_policy(), scope, by, reason, ON, until)
    assert said in str(caught.value)
    assert caught.value.hint
    assert len(list_overrides(settings)) == 1


def test_what_contradicts_itself_may_not_be_overridden() -> None:
    for check_id, rule in load_policy().rules.items():
        words = ("_key_is_whole", "_add_up", "_reconciles", "_is_known", "_are_stored", "_unique")
        assert not (rule.may_be_overridden and check_id.endswith(words)), check_id
