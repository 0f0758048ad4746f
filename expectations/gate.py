"""The gate: audits the warehouse, and lets nothing be published that broke a hard check."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from expectations.checks import Check, CheckReport, CheckResult, ChecksFailedError, Outcome
from expectations.findings import record_findings
from expectations.inflated_days import read_inflated_days
from expectations.ledger import Standing, read_standing, record
from expectations.overrides import Override, built_overrides, let_pass, overrides_of
from expectations.policy import Policy, load_policy
from expectations.published import published
from expectations.report import report_folder, utc, write_report
from expectations.suites.inflation import IS_NOT_INFLATED
from expectations.suites.marts import marts_checks
from expectations.suites.raw import raw_checks
from expectations.telling import tell
from runtime.clock import now
from runtime.progress import console, meter
from runtime.run import Run
from runtime.settings import Settings

Suites = dict[str, list[Check]]


def check(settings: Settings, run: Run) -> CheckReport:
    """Run every check over the warehouse, write the report, and remember the outcome.

    Raises:
        ChecksFailedError: a check of severity `stop` failed, or could not run; exit code 3.
        GateClosedError: there is no successful build to check.
    """
    started_at = now()
    policy = load_policy(settings.policy)
    standing = read_standing(settings)
    overrides = built_overrides(settings, run.logical_at)
    suites = _suites(settings, run, policy, overrides)
    with meter("checking", sum(len(checks) for checks in suites.values())) as progress:
        outcomes = _run(settings, suites, policy, standing, run)
        progress.advance(len(outcomes))
    report = _report(settings, run, suites, policy, standing, outcomes, overrides)
    record(settings, report, started_at)
    record_findings(settings, report, [one for checks in suites.values() for one in checks])
    told = tell(settings, policy, report)
    for message in told:
        console.print(str(message), markup=False)
    report = msgspec.structs.replace(report, told=told)
    write_report(report_folder(settings), report, policy, read_inflated_days(settings))
    if not report.passed:
        raise _closed(report)
    return report


def _suites(settings: Settings, run: Run, policy: Policy, overrides: Sequence[Override]) -> Suites:
    """The checks, without what named persons answer for."""
    served = published(settings)
    days = [one.key for one in overrides_of(IS_NOT_INFLATED, overrides) if one.key is not None]
    suites = {
        "raw": raw_checks(policy, run.logical_at, served.offsets),
        "marts": marts_checks(policy, served.compared, days),
    }
    return {name: [let_pass(one, overrides) for one in all_] for name, all_ in suites.items()}


def _run(
    settings: Settings, suites: Suites, policy: Policy, standing: Standing, run: Run
) -> dict[str, Outcome]:
    # Great Expectations takes ten seconds to import: only those who run the gate wait for it.
    from expectations.checkpoint import Checkpoint

    checkpoint = Checkpoint(
        warehouse=settings.warehouse,
        site=report_folder(settings) / "data_docs",
        store=report_folder(settings) / "results",
        threads=settings.threads,
    )
    return checkpoint.run(suites, policy, standing.check_run_id, run.logical_at)


def _report(
    settings: Settings,
    run: Run,
    suites: Suites,
    policy: Policy,
    standing: Standing,
    outcomes: dict[str, Outcome],
    overrides: Sequence[Override],
) -> CheckReport:
    results = [
        _result(one, outcomes[one.check_id], policy, standing, run.logical_at, overrides)
        for checks in suites.values()
        for one in checks
    ]
    return CheckReport(
        check_run_id=standing.check_run_id,
        run_id=run.run_id,
        logical_at=run.logical_at,
        state_fingerprint=standing.state_fingerprint,
        passed=all(result.success or result.severity != "stop" for result in results),
        report=str(report_folder(settings) / "index.html"),
        results=results,
    )


def _result(
    check: Check,
    outcome: Outcome,
    policy: Policy,
    standing: Standing,
    logical_at: datetime,
    overrides: Sequence[Override],
) -> CheckResult:
    since = standing.failing_since.get(check.check_id, logical_at)
    return CheckResult(
        check_id=check.check_id,
        table=check.table,
        severity=policy.rules[check.check_id].severity,
        success=outcome.success,
        description=check.description,
        unexpected_count=outcome.offender_count,
        sample=outcome.sample,
        cause=outcome.cause,
        not_applicable=check.not_applicable,
        failing_since=None if outcome.success else since,
        overrides=[str(one) for one in overrides_of(check.check_id, overrides)],
    )


def _closed(report: CheckReport) -> ChecksFailedError:
    failed = report.failed("stop")
    lines = [f"The gate is closed: {len(failed)} of {len(report.results)} checks failed."]
    lines += [_line(result) for result in failed]
    hint = (
        "Nothing was published; readers keep the last version. What failed, and where: "
        f"{report.report}"
    )
    return ChecksFailedError("\n".join(lines), hint, report)


def _line(result: CheckResult) -> str:
    since = f"since {utc(result.failing_since)}" if result.failing_since else ""
    if result.cause:
        return f"  {result.check_id} ({result.table}), {since}: could not run: {result.cause}"
    keys = "; ".join(str(offender) for offender in result.sample)
    more = (result.unexpected_count or 0) - len(result.sample)
    rest = f"; and {more:,} more" if more > 0 else ""
    return f"  {result.check_id} ({result.table}), {since}: {keys}{rest}"
