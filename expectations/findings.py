"""Findings: each offender of each failed check, since when, and who has been told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from expectations.checks import Check, CheckReport, Offender
from expectations.ledger import open_built
from runtime.settings import Settings

TABLES = {
    # One row per offender and stretch of runs in which it was found; gone_at null: it still is.
    "ops.ops_findings": """
        check_id VARCHAR NOT NULL, key VARCHAR NOT NULL, detail VARCHAR, severity VARCHAR NOT NULL,
        found_since TIMESTAMPTZ NOT NULL, gone_at TIMESTAMPTZ""",
    # One row per finding and place that was told of it. An address may be a secret: its digest.
    "ops.ops_notifications": """
        check_run_id VARCHAR NOT NULL, check_id VARCHAR NOT NULL, key VARCHAR NOT NULL,
        found_since TIMESTAMPTZ NOT NULL, way VARCHAR NOT NULL, people VARCHAR NOT NULL,
        address_digest VARCHAR NOT NULL, told_at TIMESTAMPTZ NOT NULL""",
}
COULD_NOT_RUN = "could not run"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """An offender that was found, and since which logical time."""

    check_id: str
    key: str
    detail: str | None
    found_since: datetime

    def __str__(self) -> str:
        return str(Offender(self.key, self.detail))


def record_findings(settings: Settings, report: CheckReport, checks: Sequence[Check]) -> None:
    """Bring the findings up to a run of the gate: new ones come, those no longer found are gone."""
    by_id = {check.check_id: check for check in checks}
    with open_built(settings, read_only=False) as warehouse:
        warehouse.begin()
        for table, columns in TABLES.items():
            warehouse.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")
        for result in report.results:
            found = "SELECT '' AS key, '' AS detail WHERE false"
            if result.cause:
                found = f"SELECT '{COULD_NOT_RUN}' AS key, $cause AS detail"
            elif not result.success:
                found = by_id[result.check_id].offenders
            warehouse.execute(
                f"""CREATE OR REPLACE TEMP TABLE found AS
                SELECT coalesce(key, 'null') AS key, min(detail) AS detail FROM ({found})
                GROUP BY ALL""",
                {"cause": result.cause} if result.cause else None,
            )
            warehouse.execute(
                """UPDATE ops.ops_findings SET gone_at = $at
                WHERE check_id = $check_id AND gone_at IS NULL
                    AND key NOT IN (SELECT key FROM found)""",
                {"at": report.logical_at, "check_id": result.check_id},
            )
            warehouse.execute(
                """INSERT INTO ops.ops_findings
                SELECT $check_id, key, detail, $severity, $at, NULL FROM found
                ANTI JOIN (FROM ops.ops_findings WHERE check_id = $check_id AND gone_at IS NULL)
                    AS standing USING (key)""",
                {
                    "at": report.logical_at,
                    "check_id": result.check_id,
                    "severity": result.severity,
                },
            )
        warehouse.commit()


def untold(settings: Settings, digest: str, check_ids: Sequence[str]) -> list[Finding]:
    """What is found now and the place of that digest has not been told of."""
    with open_built(settings, read_only=False) as warehouse:
        rows = warehouse.execute(
            """SELECT check_id, key, detail, found_since FROM ops.ops_findings
            ANTI JOIN (FROM ops.ops_notifications WHERE address_digest = ?) AS told
                USING (check_id, key, found_since)
            WHERE gone_at IS NULL AND list_contains(?, check_id)
            ORDER BY check_id, found_since DESC, key""",
            [digest, list(check_ids)],
        ).fetchall()
    return [Finding(**dict(zip(Finding.__struct_fields__, row, strict=True))) for row in rows]


def remember(settings: Settings, told: Mapping[str, object], check_ids: Sequence[str]) -> None:
    """A place was told of all that is found now of some checks: not again."""
    with open_built(settings, read_only=False) as warehouse:
        warehouse.execute(
            """INSERT INTO ops.ops_notifications
            SELECT $check_run_id, check_id, key, found_since, $way, $people, $digest, $told_at
            FROM ops.ops_findings
            ANTI JOIN (FROM ops.ops_notifications WHERE address_digest = $digest) AS told
                USING (check_id, key, found_since)
            WHERE gone_at IS NULL AND list_contains($check_ids, check_id)""",
            {**told, "check_ids": list(check_ids)},
        )
