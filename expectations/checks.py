"""What a check is, and what came of it: the words that every file of the gate shares."""

from __future__ import annotations

from datetime import datetime

import msgspec

from expectations.policy import Severity
from runtime.errors import GateClosedError


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that must hold.

    Attributes:
        check_id: its name in `policy.yml`.
        table: what it is about, `marts.fct_post`.
        description: what must hold, in one plain sentence.
        offenders: a select of two text columns, `key` and `detail`: a row for each offender.
        not_applicable: why there is nothing to check this time; empty where there is.
    """

    check_id: str
    table: str
    description: str
    offenders: str
    not_applicable: str = ""


class Offender(msgspec.Struct, frozen=True):
    """A row that breaks a law: its key, and what is wrong with it."""

    key: str | None
    detail: str | None

    def __str__(self) -> str:
        return f"{self.key} ({self.detail})" if self.detail else f"{self.key}"


class Outcome(msgspec.Struct, frozen=True):
    """What running a check gave.

    Attributes:
        offender_count: None where the check could not run.
        sample: the first offenders.
        cause: why it could not run; empty where it did.
    """

    check_id: str
    success: bool
    offender_count: int | None
    sample: list[Offender]
    cause: str = ""


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """A check's outcome with what the policy and the history say of it.

    Attributes:
        failing_since: logical time of the first of the failures in a row; None where it passed.
        overrides: who answers for what it lets pass, and why; one sentence each.
    """

    check_id: str
    table: str
    severity: Severity
    success: bool
    description: str
    unexpected_count: int | None
    sample: list[Offender]
    cause: str = ""
    not_applicable: str = ""
    failing_since: datetime | None = None
    overrides: list[str] = []


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One message about findings.

    Attributes:
        people: on whose behalf, as the policy names them.
        place: the mail address, or the host of the webhook.
        error: why it could not be sent; empty where it was.
    """

    people: str
    way: str
    place: str
    finding_count: int
    error: str

    def __str__(self) -> str:
        whom = f"{self.people} by {self.way} ({self.place})"
        if self.error:
            return f"Could not tell {whom}: {self.error}. The next check tries again."
        s = "s" * (self.finding_count != 1)
        return f"Told {whom}: {self.finding_count:,} new finding{s}."


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a run of the gate found.

    Attributes:
        check_run_id: names the run of the gate; later ones sort after earlier ones.
        state_fingerprint: the build that was checked, as `ops.ops_builds` names it.
        report: the page that a person can open.
        told: the messages that were sent, or could not be.
    """

    check_run_id: str
    run_id: str
    logical_at: datetime
    state_fingerprint: str
    passed: bool
    report: str
    results: list[CheckResult]
    told: list[Told] = []

    def failed(self, severity: Severity) -> list[CheckResult]:
        """The failed checks of one severity, in the order of the suites."""
        return [r for r in self.results if not r.success and r.severity == severity]


class ChecksFailedError(GateClosedError):
    """A hard check failed; `report` has the whole story."""

    def __init__(self, message: str, hint: str, report: CheckReport) -> None:
        super().__init__(message, hint)
        self.report = report
