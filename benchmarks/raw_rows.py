"""Generated events put into the raw schema, as a landing would have done it; dbt reads them.

Each call is one batch of one drain; the gate's conservation checks hold of it.
"""

from __future__ import annotations

from hashlib import md5

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.histories import Actions, Posts

PLATFORM = "weibo"


def actor_key(name: str) -> str:
    """Under which key an actor of `add_actions` is known."""
    return f"{PLATFORM}:{md5(name.encode(), usedforsecurity=False).hexdigest()}"


def add_actions(warehouse: duckdb.DuckDBPyConnection, actions: Actions) -> int:
    """Land actions as one batch. Returns its number."""
    rows = pa.table(
        {
            "actor": pa.array(actions.actor),
            "target": pa.array(actions.target),
            "second": pa.array(actions.second),
            "verb": pa.array(actions.verb),
        }
    )
    return _add(
        warehouse,
        "interactions",
        rows,
        f"""SELECT md5(target || verb || actor || second) AS event_id, verb,
        md5(actor) AS actor_id, target AS object_id, '{actions.object_type}' AS object_type,
        to_timestamp(second) AS event_time, to_timestamp(second) AS created_at,
        md5(target || verb || actor) AS interaction_id, false AS undone, kafka_offset FROM rows""",
    )


def add_posts(
    warehouse: duckdb.DuckDBPyConnection, posts: Posts, campaigns: dict[str, str] | None = None
) -> int:
    """Land an account's posts as one batch, some of a campaign. Returns its number."""
    named = [(campaigns or {}).get(str(post)) for post in posts.post]
    rows = pa.table(
        {
            "post": pa.array(posts.post),
            "second": pa.array(posts.second),
            "campaign": pa.array(named, pa.string()),
        }
    )
    return _add(
        warehouse,
        "posts",
        rows,
        f"""SELECT post AS event_id, post AS post_id, '{posts.account}' AS account_id,
        to_timestamp(second) AS event_time, to_timestamp(second) AS created_at,
        'original' AS kind, 'published' AS state, campaign, kafka_offset FROM rows""",
    )


def add_profiles(
    warehouse: duckdb.DuckDBPyConnection, role: str, profiles: pa.Table, named: bool = False
) -> int:
    """Land observed profiles as one batch: `account`, `second` and any field of the contract.

    Args:
        named: the ids are an official account's own, and no actor's to be made a pseudonym.
    """
    rows = profiles.rename_columns(
        ["observed" if name == "second" else name for name in profiles.column_names]
    )
    account = "account" if named else "md5(account)"
    return _add(
        warehouse,
        "accounts",
        rows,
        f"""SELECT account || '@' || observed AS event_id, {account} AS account_id,
        '{role}' AS role, to_timestamp(observed) AS event_time,
        to_timestamp(observed) AS observed_at, * EXCLUDE (account, observed) FROM rows""",
    )


def add_counters(warehouse: duckdb.DuckDBPyConnection, counters: pa.Table) -> int:
    """Land stated counters as one batch: `post`, `second`, and likes, shares, comments or views."""
    rows = counters.rename_columns(
        ["observed" if name == "second" else name for name in counters.column_names]
    )
    return _add(
        warehouse,
        "counters",
        rows,
        """SELECT post || '@' || observed AS event_id, post AS post_id,
        to_timestamp(observed) AS event_time, to_timestamp(observed) AS observed_at,
        * EXCLUDE (post, observed) FROM rows""",
    )


def _add(warehouse: duckdb.DuckDBPyConnection, table: str, rows: pa.Table, select: str) -> int:
    found = warehouse.execute("SELECT coalesce(max(batch_id), 0) + 1 FROM raw.batches").fetchone()
    batch = int(found[0]) if found else 1
    topic = f"attache.{table}.v1"
    offset = _next_offset(warehouse, topic)
    count = rows.num_rows
    numbers = pa.array(np.arange(offset, offset + count))
    rows = rows.append_column("kafka_offset", numbers)
    warehouse.execute(
        f"""INSERT INTO raw.{table} BY NAME SELECT 'generated' AS event_source,
        '{PLATFORM}' AS platform, '{topic}' AS kafka_topic, 0 AS kafka_partition,
        0 AS kafka_generation, {batch} AS batch_id, * FROM ({select})"""
    )
    warehouse.execute(
        f"""INSERT INTO raw.drains VALUES ({batch}, 'generated', '2014-01-01', '2014-01-01',
        '2014-01-01', {count});
        INSERT INTO raw.batches VALUES ({batch}, {batch}, '{topic}', 0, 0, {offset},
        {offset + count}, {count}, {count}, 0, '2014-01-01')"""
    )
    return batch


def _next_offset(warehouse: duckdb.DuckDBPyConnection, topic: str) -> int:
    found = warehouse.execute(
        "SELECT coalesce(max(next_offset), 0) FROM raw.batches WHERE topic = ?", [topic]
    ).fetchone()
    return int(found[0]) if found else 0
