"""What a new version says differently from the one that readers have: its restatements.

They are written into the version itself, behind those that the served version has, so they take
over with it in one step: docs/decisions/restatements-are-published-with-their-version.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import duckdb

from runtime.run import Run

LEDGER = "marts.fct_restatement"


class Fact(NamedTuple):
    """A daily fact whose figures are compared.

    Attributes:
        key: whose day it is.
        day: the column of the day.
        known: the dimension of what had a day at all.
        is_counted: whether a day without a row was published as zero; else as unknown.
    """

    key: str
    day: str
    known: str
    is_counted: bool


FACTS = {
    "fct_engagement_daily": Fact("account_key", "activity_date", "dim_account", True),
    "fct_post_engagement_daily": Fact("post_key", "activity_date", "dim_post", True),
    "fct_account_daily": Fact("account_key", "observation_date", "dim_account", False),
}
COUNTS = {"BIGINT", "INTEGER", "HUGEINT"}
MEASURED = {*COUNTS, "DOUBLE", "BOOLEAN"}
COLUMNS = """fact VARCHAR, account_key VARCHAR, post_key VARCHAR, activity_date DATE,
    measure VARCHAR, old_value DOUBLE, new_value DOUBLE, cause VARCHAR, was_version BIGINT,
    version BIGINT, run_id VARCHAR, restated_at TIMESTAMPTZ"""


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
    for fact, grain in FACTS.items():
        old = _columns(database, "served", f"marts.{fact}")
        new = _columns(database, "version", f"marts.{fact}")
        measures = {
            name: kind in COUNTS
            for name, kind in new.items()
            if name in old and {kind, old[name]} <= MEASURED
        }
        if measures:
            database.execute(
                f"INSERT INTO version.{LEDGER} BY NAME {_changes(fact, grain, measures)}",
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


def _changes(name: str, fact: Fact, measures: dict[str, bool]) -> str:
    """A select of the figures that differ, one row each.

    Days are joined by their key with a hash of their figures; only those that differ are read
    again, and spread out by measure.

    Args:
        measures: name, and whether it is a count.
    """
    counts = ", ".join(f"'{m}'" for m, is_count in measures.items() if is_count and fact.is_counted)
    return f"""
        WITH horizon AS (SELECT max(as_of_date) AS as_of_date FROM served.marts.dim_horizon),
        differing AS (
            SELECT {fact.key}, day
            FROM ({_hashes("served", name, fact, measures)}) AS old
            FULL JOIN ({_hashes("version", name, fact, measures)}) AS new USING ({fact.key}, day)
            WHERE old.figures IS DISTINCT FROM new.figures),
        was AS ({_figures("served", name, fact, measures)}),
        now_is AS ({_figures("version", name, fact, measures)}),
        pairs AS (
            SELECT
                {fact.key}, day, measure, measure IN ({counts or "''"}) AS is_count,
                coalesce(now_is.owner, was.owner) AS owner, was.measure IS NULL AS is_new,
                CASE WHEN was.measure IS NULL AND is_count THEN 0 ELSE was.value END AS old_value,
                CASE WHEN now_is.measure IS NULL AND is_count THEN 0 ELSE now_is.value END
                    AS new_value
            FROM was FULL JOIN now_is USING ({fact.key}, day, measure)),
        changed AS (
            SELECT *, bool_or(is_count AND new_value < old_value) OVER (
                PARTITION BY {fact.key}, day) AS has_fallen
            FROM pairs
            WHERE old_value IS DISTINCT FROM new_value)
        SELECT
            $fact AS fact, owner AS account_key,
            {"post_key" if fact.key == "post_key" else "NULL"} AS post_key,
            day AS activity_date, measure, old_value, new_value,
            CASE
                WHEN $state_cause IS NOT NULL THEN $state_cause
                WHEN has_fallen THEN 'correction'
                WHEN day >= as_of_date THEN 'open_day'
                ELSE 'late_events'
            END AS cause,
            $was_version AS was_version, $version AS version,
            $run_id AS run_id, $restated_at AS restated_at
        FROM changed CROSS JOIN horizon
        WHERE NOT is_new OR (
            day <= as_of_date
            AND {fact.key} IN (SELECT {fact.key} FROM served.marts.{fact.known}))
        ORDER BY {fact.key}, day, measure"""


def _hashes(database: str, name: str, fact: Fact, measures: Iterable[str]) -> str:
    cells = ", ".join(f'cast("{measure}" AS DOUBLE)' for measure in measures)
    return f"""SELECT {fact.key}, {fact.day} AS day, hash({cells}) AS figures
        FROM {database}.marts.{name}"""


def _figures(database: str, name: str, fact: Fact, measures: Iterable[str]) -> str:
    """The figures of the days that differ, one row each."""
    cells = ", ".join(f'cast("{measure}" AS DOUBLE) AS "{measure}"' for measure in measures)
    names = ", ".join(f'"{measure}"' for measure in measures)
    return f"""FROM (
            SELECT facts.{fact.key}, facts.{fact.day} AS day, facts.account_key AS owner, {cells}
            FROM {database}.marts.{name} AS facts SEMI JOIN differing
                ON facts.{fact.key} = differing.{fact.key} AND facts.{fact.day} = differing.day)
        UNPIVOT INCLUDE NULLS (value FOR measure IN ({names}))"""


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
