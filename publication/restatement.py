"""What a new version says differently from the one that readers have: its restatements.

They are written into the version itself, behind those that the served version has, so they take
over with it in one step: docs/decisions/restatements-are-published-with-their-version.md.
"""

from __future__ import annotations

from typing import NamedTuple

import duckdb

from runtime.run import Run

LEDGER = "marts.fct_restatement"
FACTS = ("fct_engagement_daily",)
"""Facts of an account and a day whose figures are compared."""
GRAIN = ("account_key", "activity_date")
COUNTS = {"BIGINT", "INTEGER", "HUGEINT"}
MEASURED = {*COUNTS, "DOUBLE", "BOOLEAN"}
COLUMNS = """fact VARCHAR, account_key VARCHAR, activity_date DATE, measure VARCHAR,
    old_value DOUBLE, new_value DOUBLE, cause VARCHAR, was_version BIGINT, version BIGINT,
    run_id VARCHAR, restated_at TIMESTAMPTZ"""


class Versions(NamedTuple):
    """Numbers of the version that is served, and of the one that will take over."""

    served: int
    new: int


def restate(database: duckdb.DuckDBPyConnection, versions: Versions | None, run: Run) -> None:
    """Fill the ledger of the database `version`, which is about to take over from `served`.

    Args:
        versions: None where nothing is served yet; there is no database `served` then.
    """
    if not _columns(database, "version", "marts.fct_engagement_daily"):
        return
    database.execute(f"CREATE OR REPLACE TABLE version.{LEDGER} ({COLUMNS})")
    if versions is None:
        return
    if _columns(database, "served", LEDGER):
        database.execute(f"INSERT INTO version.{LEDGER} BY NAME FROM served.{LEDGER}")
    if not _columns(database, "served", "marts.dim_horizon"):  # an earlier release
        return
    for fact in FACTS:
        old = _columns(database, "served", f"marts.{fact}")
        new = _columns(database, "version", f"marts.{fact}")
        measures = {
            name: kind in COUNTS
            for name, kind in new.items()
            if name in old and name not in GRAIN and {kind, old[name]} <= MEASURED
        }
        if measures:
            database.execute(
                f"INSERT INTO version.{LEDGER} BY NAME {_changes(fact, measures)}",
                {
                    "fact": fact,
                    "state_cause": _cause_of_all(database),
                    "was_version": versions.served,
                    "version": versions.new,
                    "run_id": run.run_id,
                    "restated_at": run.logical_at,
                },
            )


def _cause_of_all(database: duckdb.DuckDBPyConnection) -> str | None:
    """The cause where the rules changed; None where only events can have made a difference."""
    served, new = _built_from(database, "served"), _built_from(database, "version")
    if served[0] == new[0]:
        return None
    return "new_rule" if served[1] == new[1] else "new_rule_or_events"


def _built_from(database: duckdb.DuckDBPyConnection, name: str) -> tuple[str | None, int | None]:
    """Digest of the models and the last batch of a version's build; None: an earlier release."""
    if "models_digest" not in _columns(database, name, "ops.ops_builds"):
        return None, None
    row = database.execute(
        f"""SELECT models_digest, last_batch_id FROM {name}.ops.ops_builds
        ORDER BY build_id DESC LIMIT 1"""
    ).fetchone()
    return row or (None, None)


def _changes(fact: str, measures: dict[str, bool]) -> str:
    """A select of the figures that differ, one row each. Only days that differ are spread out.

    Args:
        measures: name, and whether it is a count: a day without a row was published as zero.
    """
    cells = ", ".join(f'cast("{name}" AS DOUBLE) AS "{name}"' for name in measures)
    names = ", ".join(f'"{name}"' for name in measures)
    counts = ", ".join(f"'{name}'" for name, is_count in measures.items() if is_count)
    grain = ", ".join(GRAIN)
    return f"""
        WITH horizon AS (SELECT max(as_of_date) AS as_of_date FROM served.marts.dim_horizon),
        old AS (SELECT {grain}, {cells} FROM served.marts.{fact}),
        new AS (SELECT {grain}, {cells} FROM version.marts.{fact}),
        gone AS (FROM old EXCEPT ALL FROM new),
        came AS (FROM new EXCEPT ALL FROM old),
        was AS (FROM gone UNPIVOT INCLUDE NULLS (value FOR measure IN ({names}))),
        now_is AS (FROM came UNPIVOT INCLUDE NULLS (value FOR measure IN ({names}))),
        pairs AS (
            SELECT
                {grain}, measure, measure IN ({counts or "''"}) AS is_count,
                was.measure IS NULL AS is_new,
                CASE WHEN was.measure IS NULL AND is_count THEN 0 ELSE was.value END AS old_value,
                CASE WHEN now_is.measure IS NULL AND is_count THEN 0 ELSE now_is.value END
                    AS new_value
            FROM was FULL JOIN now_is USING ({grain}, measure)),
        changed AS (
            SELECT *, bool_or(is_count AND new_value < old_value) OVER (
                PARTITION BY {grain}) AS has_fallen
            FROM pairs
            WHERE old_value IS DISTINCT FROM new_value)
        SELECT
            $fact AS fact, {grain}, measure, old_value, new_value,
            CASE
                WHEN $state_cause IS NOT NULL THEN $state_cause
                WHEN has_fallen THEN 'correction'
                WHEN activity_date >= as_of_date THEN 'open_day'
                ELSE 'late_events'
            END AS cause,
            $was_version AS was_version, $version AS version,
            $run_id AS run_id, $restated_at AS restated_at
        FROM changed CROSS JOIN horizon
        WHERE NOT is_new OR (
            activity_date <= as_of_date
            AND account_key IN (SELECT account_key FROM served.marts.dim_account))
        ORDER BY {grain}, measure"""


def _columns(database: duckdb.DuckDBPyConnection, name: str, table: str) -> dict[str, str]:
    """Names and types of a table's columns; empty where there is none of that name."""
    schema, _, short = table.partition(".")
    return dict(
        database.execute(
            """SELECT column_name, data_type FROM duckdb_columns()
            WHERE database_name = ? AND schema_name = ? AND table_name = ?
            ORDER BY column_index""",
            [name, schema, short],
        ).fetchall()
    )
