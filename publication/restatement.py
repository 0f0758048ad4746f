"""What a new version says differently from the one that readers have: its restatements.

They are written into the version itself, behind those that the served version has, so they take
over with it in one step: docs/decisions/restatements-are-published-with-their-version.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import duckdb

from publication.version_file import built_erasures, columns_of
from runtime.run import Run

LEDGER = "marts.fct_restatement"


class Fact(NamedTuple):
    """A fact whose figures are compared.

    Attributes:
        key: whose day it is.
        day: the column of the day; of a post, that of its publication.
        known: the dimension of what had a day at all.
        is_counted: whether a day without a row was published as zero; else as unknown.
        moves_until: SQL of the last day that its figures are of, where that isn't `day`.
    """

    key: str
    day: str
    known: str
    is_counted: bool
    moves_until: str = "NULL::DATE"

    @property
    def is_whole_post(self) -> bool:
        """Its figures are of all days of a post."""
        return self.day == "publication_date"


FACTS = {
    "fct_engagement_daily": Fact("account_key", "activity_date", "dim_account", True),
    "fct_post_engagement_daily": Fact("post_key", "activity_date", "dim_post", True),
    "fct_account_daily": Fact("account_key", "observation_date", "dim_account", False),
    "fct_post": Fact(
        *("post_key", "publication_date", "dim_post", True),
        "greatest(facts.last_activity_date, facts.stated_at::DATE)",
    ),
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
    if not columns_of(database, "version", "marts.fct_engagement_daily"):
        return
    database.execute(f"CREATE OR REPLACE TABLE version.{LEDGER} ({COLUMNS})")
    if versions is None:
        return
    if columns_of(database, "served", LEDGER):
        database.execute(f"INSERT INTO version.{LEDGER} BY NAME FROM served.{LEDGER}")
    if not columns_of(database, "served", "marts.dim_horizon"):  # an earlier release
        return
    cause = _cause_of_all(database)
    _find_erased_days(database)
    for fact, grain in FACTS.items():
        old = columns_of(database, "served", f"marts.{fact}")
        new = columns_of(database, "version", f"marts.{fact}")
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
                    "state_cause": cause,
                    "was_version": versions.served,
                    "version": versions.new,
                    "run_id": run.run_id,
                    "restated_at": run.logical_at,
                },
            )


def _cause_of_all(database: duckdb.DuckDBPyConnection) -> str | None:
    """The cause of whatever differs; None where it is to be told day by day.

    Where nothing but actors was taken out, days that they never acted on can differ as well: of a
    lockstep group that is none without them, the others are classed otherwise.
    """
    served, new = _built_from(database, "served"), _built_from(database, "version")
    has_same_events = served[1] == new[1]
    has_same_actors = built_erasures(database, "served") == built_erasures(database, "version")
    if served[0] != new[0]:
        return "new_rule" if has_same_events and has_same_actors else "new_rule_or_events"
    return "erased_actor" if has_same_events and not has_same_actors else None


def _find_erased_days(database: duckdb.DuckDBPyConnection) -> None:
    """Note the days of accounts and posts that actors were taken out of since the served version.

    A day is exact where what is counted now is just what was counted then, without them: then
    nothing else has moved it.
    """
    database.execute(
        """CREATE OR REPLACE TEMP TABLE erased_days (
            account_key VARCHAR, post_key VARCHAR, day DATE, is_exact BOOLEAN)"""
    )
    since = built_erasures(database, "served")
    if built_erasures(database, "version") == since:
        return
    counted = """SELECT account_key, post_key, activity_date AS day, verb, engagement_class,
            count(*) AS n
        FROM {}.marts.fct_interaction JOIN touched USING (account_key, activity_date)
        WHERE NOT is_undone {} GROUP BY ALL"""
    database.execute(
        f"""INSERT INTO erased_days
        WITH gone AS (
            SELECT actor_key FROM served.marts.dim_actor WHERE sha256(actor_key) IN (
                SELECT actor_hash FROM warehouse.raw.erased_actors WHERE erasure_id > $since)),
        theirs AS (
            SELECT DISTINCT account_key, post_key, activity_date
            FROM served.marts.fct_interaction SEMI JOIN gone USING (actor_key)),
        touched AS (SELECT DISTINCT account_key, activity_date FROM theirs),
        was AS ({counted.format("served", "AND actor_key NOT IN (SELECT actor_key FROM gone)")}),
        now_is AS ({counted.format("version", "")}),
        moved AS (
            SELECT account_key, post_key, day FROM (
                (FROM was EXCEPT FROM now_is) UNION ALL (FROM now_is EXCEPT FROM was)))
        SELECT account_key, post_key, activity_date, NOT EXISTS (
            SELECT 1 FROM moved WHERE moved.post_key = theirs.post_key
                AND moved.day = theirs.activity_date)
        FROM theirs WHERE post_key IS NOT NULL
        UNION ALL
        SELECT account_key, NULL, activity_date, NOT EXISTS (
            SELECT 1 FROM moved WHERE moved.account_key = touched.account_key
                AND moved.day = touched.activity_date)
        FROM touched""",
        {"since": since},
    )


def _built_from(database: duckdb.DuckDBPyConnection, name: str) -> tuple[str | None, int | None]:
    """Digest of the models and the last batch of a version's build; None: an earlier release."""
    if "models_digest" not in columns_of(database, name, "ops.ops_builds"):
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
                coalesce(now_is.until, day) AS until,
                CASE WHEN was.measure IS NULL AND is_count THEN 0 ELSE was.value END AS old_value,
                CASE WHEN now_is.measure IS NULL AND is_count THEN 0 ELSE now_is.value END
                    AS new_value
            FROM was FULL JOIN now_is USING ({fact.key}, day, measure)),
        changed AS (
            SELECT *, bool_or(is_count AND new_value < old_value) OVER (
                PARTITION BY {fact.key}, day) AS has_fallen,
                bool_or(measure = 'post_count') OVER (PARTITION BY {fact.key}, day) AS has_posts
            FROM pairs
            WHERE old_value IS DISTINCT FROM new_value),
        erased AS ({_erased(fact)})
        SELECT
            $fact AS fact, owner AS account_key,
            {"post_key" if fact.key == "post_key" else "NULL"} AS post_key,
            day AS activity_date, measure, old_value, new_value,
            CASE
                WHEN $state_cause IS NOT NULL THEN $state_cause
                WHEN is_exact AND NOT has_posts THEN 'erased_actor'
                WHEN is_exact IS NOT NULL THEN 'erased_actor_or_events'
                WHEN has_fallen THEN 'correction'
                WHEN until >= as_of_date THEN 'open_day'
                ELSE 'late_events'
            END AS cause,
            $was_version AS was_version, $version AS version,
            $run_id AS run_id, $restated_at AS restated_at
        FROM changed LEFT JOIN erased USING ({fact.key}, day) CROSS JOIN horizon
        WHERE NOT is_new OR (
            day <= as_of_date
            AND {fact.key} IN (SELECT {fact.key} FROM served.marts.{fact.known}))
        ORDER BY {fact.key}, day, measure"""


def _erased(fact: Fact) -> str:
    """The days of a fact on which erased actors had a part, and whether nothing else moved them."""
    if fact.is_whole_post:  # what else was done to it, on all its days, is not recounted
        return """SELECT post_key, publication_date AS day, false AS is_exact
            FROM served.marts.fct_post
            WHERE post_key IN (SELECT post_key FROM erased_days WHERE post_key IS NOT NULL)"""
    is_posts = "NOT" if fact.key == "post_key" else ""
    return f"SELECT {fact.key}, day, is_exact FROM erased_days WHERE post_key IS {is_posts} NULL"


def _hashes(database: str, name: str, fact: Fact, measures: Iterable[str]) -> str:
    cells = ", ".join(f'cast("{measure}" AS DOUBLE)' for measure in measures)
    return f"""SELECT {fact.key}, {fact.day} AS day, hash({cells}) AS figures
        FROM {database}.marts.{name}"""


def _figures(database: str, name: str, fact: Fact, measures: Iterable[str]) -> str:
    """The figures of the days that differ, one row each."""
    cells = ", ".join(f'cast("{measure}" AS DOUBLE) AS "{measure}"' for measure in measures)
    names = ", ".join(f'"{measure}"' for measure in measures)
    return f"""FROM (
            SELECT facts.{fact.key}, facts.{fact.day} AS day, facts.account_key AS owner,
                {fact.moves_until} AS until, {cells}
            FROM {database}.marts.{name} AS facts SEMI JOIN differing
                ON facts.{fact.key} = differing.{fact.key} AND facts.{fact.day} = differing.day)
        UNPIVOT INCLUDE NULLS (value FOR measure IN ({names}))"""
