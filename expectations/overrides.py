"""Overrides: a named person lets an offender, or a check, pass at the gate, and says why.

They are kept in the raw schema, built into `ops.ops_override` and the daily fact, and count only
once they are there: what the gate lets pass is published with the override, or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import duckdb
import msgspec

from expectations.checks import Check
from expectations.ledger import open_built
from expectations.policy import Policy
from expectations.suites.inflation import DAY_SHARE, IS_NOT_INFLATED
from ingestion.contracts.validation import sql_text
from ingestion.warehouse import open_warehouse
from runtime.errors import WrongUseError
from runtime.settings import Settings

LEAST_REASON = 10
COLUMNS = """override_id, check_id, key, account_key, activity_date, made_by, reason, made_at,
    last_date, withdrawn_by, withdrawn_reason, withdrawn_at"""


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """One override.

    Attributes:
        key: the offender that it lets pass; None: the whole check.
        account_key, activity_date: of an inflated day; else None.
        last_date: the last day, in UTC, of whose runs it holds; None: until it is withdrawn.
    """

    override_id: int
    check_id: str
    key: str | None
    account_key: str | None
    activity_date: date | None
    made_by: str
    reason: str
    made_at: datetime
    last_date: date | None
    withdrawn_by: str | None
    withdrawn_reason: str | None
    withdrawn_at: datetime | None

    def holds_at(self, logical_at: datetime) -> bool:
        """Whether it counts in a run that stands for an instant."""
        day = logical_at.astimezone(UTC).date()
        return self.withdrawn_at is None and (self.last_date is None or day <= self.last_date)

    def __str__(self) -> str:
        until = f", until {self.last_date}" if self.last_date else ""
        what = self.key or "the whole check"
        return f"{what}: by {self.made_by}, {self.made_at:%Y-%m-%d}{until}: {self.reason}"


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What an override is of: an inflated day, or a check as a whole or one of its offenders."""

    check_id: str = IS_NOT_INFLATED
    key: str | None = None
    account_key: str | None = None
    activity_date: date | None = None


def add_override(
    settings: Settings,
    policy: Policy,
    scope: Scope,
    made_by: str,
    reason: str,
    made_at: datetime,
    last_date: date | None = None,
) -> tuple[Override, bool]:
    """Record an override. The same one again changes nothing.

    Returns:
        The override, and whether it is new.

    Raises:
        WrongUseError: the policy allows none, nothing is there to override, another one stands, or
            name or reason is missing; the message says what to do.
    """
    made_by, reason = _person(made_by), _reason(reason)
    _refuse_what_may_not(policy, scope.check_id)
    if last_date is not None and last_date < made_at.astimezone(UTC).date():
        raise WrongUseError(f"{last_date} has passed.", "Give --until a day to come, or leave it.")
    with open_warehouse(settings) as warehouse:
        if scope.account_key is not None:
            _refuse_where_not_inflated(warehouse, scope)
        for standing in _read(warehouse, "raw.gate_overrides"):
            if standing.withdrawn_at is None and _scope(standing) == scope:
                if (standing.made_by, standing.reason, standing.last_date) == (
                    *(made_by, reason, last_date),
                ):
                    return standing, False
                raise WrongUseError(
                    f"Override {standing.override_id} stands for that: {standing}.",
                    "Withdraw it first: attache check override withdraw "
                    f"{standing.override_id} --by NAME --reason TEXT",
                )
        row = warehouse.execute(
            f"""INSERT INTO raw.gate_overrides ({COLUMNS})
            SELECT coalesce(max(override_id), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL
            FROM raw.gate_overrides RETURNING override_id""",
            [
                *(scope.check_id, scope.key, scope.account_key, scope.activity_date),
                *(made_by, reason, made_at, last_date),
            ],
        ).fetchone()
        return _one(warehouse, int(row[0]) if row else 0), True


def withdraw_override(
    settings: Settings, override_id: int, by: str, reason: str, at: datetime
) -> tuple[Override, bool]:
    """Let an override count no more; it stays on record. Again changes nothing.

    Returns:
        The override, and whether it stood until now.

    Raises:
        WrongUseError: there is none of that number, or name or reason is missing.
    """
    by, reason = _person(by), _reason(reason)
    with open_warehouse(settings) as warehouse:
        stood = _one(warehouse, override_id).withdrawn_at is None
        warehouse.execute(
            """UPDATE raw.gate_overrides
            SET withdrawn_by = ?, withdrawn_reason = ?, withdrawn_at = ?
            WHERE override_id = ? AND withdrawn_at IS NULL""",
            [by, reason, at, override_id],
        )
        return _one(warehouse, override_id), stood


def list_overrides(settings: Settings) -> list[Override]:
    """All that were ever made, withdrawn ones too."""
    if not settings.warehouse.exists():
        return []
    with open_built(settings) as warehouse:
        return _read(warehouse, "raw.gate_overrides")


def built_overrides(settings: Settings, logical_at: datetime) -> list[Override]:
    """Those that the last build has, and that hold at an instant: what the gate goes by."""
    with open_built(settings) as warehouse:
        found = _read(warehouse, "ops.ops_override")
    return [override for override in found if override.holds_at(logical_at)]


def overrides_of(check_id: str, overrides: Sequence[Override]) -> list[Override]:
    """Those that touch a check; that of an inflated day goes for its share too."""
    ids = {check_id, IS_NOT_INFLATED} if check_id == DAY_SHARE else {check_id}
    return [
        one for one in overrides if one.check_id in ids and (one.key or one.check_id == check_id)
    ]


def let_pass(check: Check, overrides: Sequence[Override]) -> Check:
    """The check without the offenders that a person answers for."""
    mine = overrides_of(check.check_id, overrides)
    if not mine:
        return check
    keys = ", ".join(sql_text(one.key) for one in mine if one.key is not None)
    rest = "false" if any(one.key is None for one in mine) else f"key not in ({keys})"
    return msgspec.structs.replace(
        check, offenders=f"select key, detail from ({check.offenders}) where {rest}"
    )


def _scope(override: Override) -> Scope:
    return Scope(
        check_id=override.check_id,
        key=override.key,
        account_key=override.account_key,
        activity_date=override.activity_date,
    )


def _read(warehouse: duckdb.DuckDBPyConnection, table: str) -> list[Override]:
    """All of a table; nothing where it was not made yet."""
    try:
        rows = warehouse.execute(f"SELECT {COLUMNS} FROM {table} ORDER BY override_id").fetchall()
    except duckdb.CatalogException:
        return []
    return [Override(**dict(zip(Override.__struct_fields__, row, strict=True))) for row in rows]


def _one(warehouse: duckdb.DuckDBPyConnection, override_id: int) -> Override:
    for override in _read(warehouse, "raw.gate_overrides"):
        if override.override_id == override_id:
            return override
    raise WrongUseError(
        f"There is no override {override_id}.", "`attache check override list` shows them."
    )


def _person(name: str) -> str:
    name = " ".join(name.split())
    if sum(letter.isalpha() for letter in name) < 2:
        raise WrongUseError(
            f"{name!r} names nobody.", "Give --by the name of the person who answers for it."
        )
    return name


def _reason(reason: str) -> str:
    reason = " ".join(reason.split())
    if len(reason) < LEAST_REASON:
        raise WrongUseError(
            f"{reason!r} is no reason.",
            "Say in --reason what a reader needs to know; it is published with the fact.",
        )
    return reason


def _refuse_what_may_not(policy: Policy, check_id: str) -> None:
    allowed = [name for name, rule in policy.rules.items() if rule.may_be_overridden]
    hint = f"These may be overridden: {', '.join(allowed)}."
    if check_id not in policy.rules:
        raise WrongUseError(f"There is no check {check_id!r}.", hint)
    if check_id not in allowed:
        raise WrongUseError(
            f"The policy lets nobody override {check_id}: its failure makes the numbers wrong.",
            f"Mend the cause: docs/how-to/when-the-gate-is-closed.md. {hint}",
        )


def _refuse_where_not_inflated(warehouse: duckdb.DuckDBPyConnection, scope: Scope) -> None:
    try:
        days = warehouse.execute(
            """SELECT account_key, activity_date FROM marts.fct_engagement_daily
            WHERE is_inflated ORDER BY activity_date DESC, account_key"""
        ).fetchall()
    except duckdb.CatalogException as error:
        raise WrongUseError(
            "Nothing was built yet, so no day is inflated.", "Run `attache build` first."
        ) from error
    if (scope.account_key, scope.activity_date) not in days:
        listed = ", ".join(f"{account} {day}" for account, day in days[:5]) or "none"
        raise WrongUseError(
            f"{scope.key} is not inflated: there is nothing to override.",
            f"Inflated days, the latest first: {listed}.",
        )
