"""One scenario's row of the table, and the check that ends each."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from runtime.settings import Settings
from tests.recovery.lab import Lab
from tests.recovery.state import broken_laws, content_differences, differences
from tests.recovery.victim import Outcome

ROWS = "rows"
CONTENT = "content"
LAWS = "laws and counts"


@dataclass
class Row:
    """What a scenario did and found.

    Attributes:
        compared: ROWS, CONTENT or LAWS, as docs/reference/recovery.md explains them.
        cases: how often a rerun was compared.
        note: what it said, where it has to say something.
        failures: empty where all was as it must be.
    """

    scenario: str
    compared: str = ROWS
    kills: int = 0
    cases: int = 0
    note: str = ""
    failures: list[str] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        word = f"{len(self.failures)} DIFFERENCES" if self.failures else "equal"
        return f"{word}; {self.note}" if self.note else word

    def expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.failures.append(f"{self.scenario}: {otherwise}")

    def expect_error(self, outcome: Outcome, name: str, *words: str) -> None:
        """The named error came, and its message says these words."""
        self.expect(outcome.error == name, f"{name} was due, got {_said(outcome)}")
        for word in words:
            self.expect(word in outcome.message, f"{word!r} is not in {outcome.message!r}")

    def expect_killed(self, outcome: Outcome) -> None:
        self.expect(outcome.killed, f"it was to be killed, got {_said(outcome)}")
        self.kills += outcome.killed

    def rerun(self, lab: Lab, settings: Settings) -> None:
        outcome = lab.land(settings)
        self.expect(outcome.report is not None, f"the rerun ended with {_said(outcome)}")

    def expect_equal(self, settings: Settings, reference: Path) -> None:
        """The same rows as an undisturbed run over the same topics, and the laws hold."""
        self.cases += 1
        for problem in differences(settings.warehouse, reference):
            self.expect(False, f"{settings.home.name}: {problem}")
        self.expect_lawful(settings)

    def expect_same_content(self, settings: Settings, reference: Path, marker: str) -> None:
        """The same events, once each, whatever was sent twice, and the laws hold."""
        self.cases += 1
        for problem in content_differences(settings.warehouse, reference, marker):
            self.expect(False, f"{settings.home.name}, {marker}: {problem}")
        self.expect_lawful(settings)

    def expect_lawful(self, settings: Settings) -> None:
        for problem in broken_laws(settings.warehouse):
            self.expect(False, f"{settings.home.name}: {problem}")


def _said(outcome: Outcome) -> str:
    if outcome.killed:
        return "a kill"
    return f"{outcome.error}: {outcome.message}" if outcome.error else "a report"
