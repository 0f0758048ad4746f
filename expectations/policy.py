"""The policy: which checks stop publication, from what value on, and who is told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec
import yaml
from msgspec import Meta

from runtime.errors import AttacheError

POLICY_FILE = Path(__file__).with_name("policy.yml")

Severity = Literal["stop", "flag"]
Person = Literal["public-affairs officer", "head of mission", "analyst", "data engineer", "auditor"]
Words = Annotated[str, Meta(min_length=1)]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the policy says of one check.

    Attributes:
        severity: `stop` closes the gate, `flag` is reported and published.
        tell: who is told when it fails.
        why: what goes wrong for whom without it.
        at_most: the largest value that passes, for a check that measures something.
        may_be_overridden: whether a named person may let it pass.
        unit: what `at_most` counts: hours, or a share between 0 and 1.
    """

    severity: Severity
    tell: Annotated[list[Person], Meta(min_length=1)]
    why: Words
    at_most: Annotated[float, Meta(ge=0)] | None = None
    unit: Literal["hours", "share"] | None = None
    may_be_overridden: bool = False

    def __post_init__(self) -> None:
        if (self.at_most is None) != (self.unit is None):
            raise ValueError("`at_most` and `unit` come together")
        if self.unit == "share" and self.at_most is not None and self.at_most > 1:
            raise ValueError("`at_most` of a share is no more than 1")


class Ways(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a person is reached; nothing where the report has to do.

    Attributes:
        mail: addresses; `ATTACHE_SMTP_HOST` and its like say how mail is sent.
        webhook: addresses that take a POST of JSON. They may be secrets and are never repeated.
    """

    mail: list[Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+$")]] = []
    webhook: list[Annotated[str, Meta(pattern=r"^https?://[^\s/]+")]] = []


class Policy(msgspec.Struct, frozen=True):
    """The rule of each check, by its id, and how those who are told are reached."""

    rules: dict[str, Rule]
    people: dict[Person, Ways] = {}

    def limit(self, check_id: str) -> float:
        """The largest value that passes a check that measures something.

        Raises:
            AttacheError: the policy has no limit for it.
        """
        rule = self.rules.get(check_id)
        if rule is None or rule.at_most is None:
            raise AttacheError(
                f"The policy sets no limit for {check_id}.",
                f"Give it `at_most` and `unit` in {POLICY_FILE.name}.",
            )
        return rule.at_most


def load_policy(path: Path | None = None) -> Policy:
    """Read the policy.

    Args:
        path: None for the one that is shipped.

    Raises:
        AttacheError: the file is not as it should be; the message names the line or the field.
    """
    path = path or POLICY_FILE
    document = _document(path)
    checks = document["checks"]
    if not isinstance(checks, dict) or not checks:
        raise AttacheError(f"{path.name}, field `checks`: it needs one entry for each check.")
    rules = {check_id: _rule(path, check_id, body) for check_id, body in checks.items()}
    return Policy(rules, _people(path, document.get("people") or {}))


def _document(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text())
    except OSError as error:
        raise AttacheError(
            f"The policy {path} can't be read: {error.strerror}.", "ATTACHE_POLICY names it."
        ) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise AttacheError(
            f"{path.name}, line {line}: {error.problem}.", "Correct the line and check again."
        ) from error
    if not isinstance(document, dict) or not {"checks"} <= set(document) <= {"checks", "people"}:
        raise AttacheError(f"{path.name} has the keys `checks` and `people`, and no other.")
    return document


def _rule(path: Path, check_id: str, body: Any) -> Rule:
    try:
        return msgspec.convert(body, Rule)
    except msgspec.ValidationError as error:
        raise AttacheError(
            f"{path.name}, field `checks.{check_id}`: {error}.",
            "Its fields are severity, tell, why, where it measures something at_most and unit, "
            "and may_be_overridden.",
        ) from error


def _people(path: Path, body: Any) -> dict[Person, Ways]:
    try:
        return msgspec.convert(body, dict[Person, Ways])
    except msgspec.ValidationError as error:
        raise AttacheError(
            f"{path.name}, field `people`: {error}.",
            f"For any of {', '.join(get_args(Person))}: lists named `mail` and `webhook`.",
        ) from error
