"""A small warehouse for the gate, good as it is."""

from __future__ import annotations

from datetime import UTC, datetime

from expectations.suites.grains import declared_grains
from expectations.suites.measures import ACTIONS, CLASSES, VERBS
from runtime.run import Run

LOGICAL_AT = datetime(2014, 3, 1, 6, tzinfo=UTC)
RUN = Run("scheduled__1", LOGICAL_AT)

RAW = """
    INSERT INTO raw.drains VALUES (1, 'r', '2014-03-01 05:00:00Z', now(), now(), 46);
    INSERT INTO raw.batches VALUES
        (1, 1, 'attache.accounts.v1', 0, 0, 0, 1, 1, 1, 0, now()),
        (1, 1, 'attache.posts.v1', 0, 0, 0, 2, 2, 2, 0, now()),
        (1, 1, 'attache.counters.v1', 0, 0, 0, 2, 2, 2, 0, now()),
        (1, 1, 'attache.interactions.v1', 0, 0, 0, 41, 41, 40, 1, now());
    INSERT INTO raw.accounts BY NAME SELECT 's' AS event_source, 'a' AS event_id,
        570000 AS followers, 'attache.accounts.v1' AS kafka_topic, 0 AS kafka_partition,
        0 AS kafka_generation, 0 AS kafka_offset, 1 AS batch_id;
    INSERT INTO raw.posts BY NAME SELECT 's' AS event_source, 'p' || i AS event_id,
        'attache.posts.v1' AS kafka_topic, 0 AS kafka_partition, 0 AS kafka_generation,
        i AS kafka_offset, 1 AS batch_id FROM range(2) AS t (i);
    INSERT INTO raw.counters BY NAME SELECT 's' AS event_source, 'c' || i AS event_id,
        20 AS likes, 'attache.counters.v1' AS kafka_topic, 0 AS kafka_partition,
        0 AS kafka_generation,
        i AS kafka_offset, 1 AS batch_id FROM range(2) AS t (i);
    INSERT INTO raw.interactions BY NAME SELECT 's' AS event_source, 'i' || i AS event_id,
        'attache.interactions.v1' AS kafka_topic, 0 AS kafka_partition, 0 AS kafka_generation,
        i AS kafka_offset, 1 AS batch_id FROM range(40) AS t (i);
    INSERT INTO raw.dead_letters BY NAME SELECT 'attache.interactions.v1' AS kafka_topic,
        0 AS kafka_partition, 0 AS kafka_generation, 40 AS kafka_offset, 'not_json' AS reason,
        'v1' AS contract_version, 1 AS batch_id;
    CREATE TABLE ops.ops_builds (build_id BIGINT, run_id VARCHAR, logical_at TIMESTAMPTZ,
        state_fingerprint VARCHAR, success BOOLEAN);
    INSERT INTO ops.ops_builds VALUES (1, 'r', '2014-03-01 06:00:00Z', 'state-1', true);
    CREATE TABLE ops.ops_source_findings (finding VARCHAR, platform VARCHAR, post_id VARCHAR,
        found_count BIGINT, expected_count BIGINT);
"""

COUNTED = ", ".join(
    f"count(*) FILTER (verb IN {members} {only}) AS {verb}_count{suffix}"
    for verb, members in [*((v, f"('{v}')") for v in VERBS), ("action", str(ACTIONS))]
    for suffix, only in [("", ""), *((f"_{c}", f"AND engagement_class = '{c}'") for c in CLASSES)]
)
MARTS = f"""
    CREATE TABLE marts.dim_platform AS SELECT 'weibo' AS platform;
    CREATE TABLE marts.dim_account AS SELECT 'weibo:can' AS account_key, 'weibo' AS platform,
        'can' AS account_id;
    CREATE TABLE marts.dim_post AS SELECT 'weibo:p' || i AS post_key,
        'weibo:can' AS account_key, 'weibo' AS platform, 'p' || i AS post_id,
        timestamptz '2014-01-01 00:00:00Z' AS published_at, DATE '2014-01-01' AS publication_date
        FROM range(2) AS t (i);
    CREATE TABLE marts.dim_date AS SELECT DATE '2014-01-01' + i::INTEGER AS date_day
        FROM range(40) AS t (i);
    CREATE TABLE marts.fct_interaction AS SELECT 'weibo:i' || i AS interaction_key,
        CASE WHEN i % 6 < 5 THEN 'weibo:p' || i % 2 END AS post_key, 'weibo:can' AS account_key,
        'weibo:x' || i AS actor_key, {list(VERBS)}[i % 6 + 1] AS verb,
        DATE '2014-01-01' + (i % 3)::INTEGER AS activity_date,
        DATE '2014-01-01' AS publication_date, i = 39 AS is_undone,
        {list(CLASSES)}[i % 5 + 1] AS engagement_class FROM range(SIZE) AS t (i);
    CREATE TABLE marts.fct_post_engagement_daily AS SELECT post_key, activity_date, {COUNTED}
        FROM marts.fct_interaction WHERE post_key IS NOT NULL AND NOT is_undone GROUP BY ALL;
    CREATE TABLE marts.fct_post AS SELECT post_key, {COUNTED}, 0::BIGINT AS stated_like_count,
        NULL::BIGINT AS stated_share_count, NULL::BIGINT AS stated_comment_count,
        NULL::BIGINT AS stated_view_count
        FROM marts.fct_interaction WHERE post_key IS NOT NULL AND NOT is_undone GROUP BY ALL;
    CREATE TABLE marts.fct_engagement_daily AS SELECT account_key, activity_date,
        2::BIGINT AS post_count, {COUNTED}, NULL::BOOLEAN AS is_inflated,
        NULL::VARCHAR[] AS inflation_reasons
        FROM marts.fct_interaction WHERE NOT is_undone GROUP BY ALL;
    CREATE TABLE marts.fct_account_daily AS SELECT 'weibo:can' AS account_key,
        DATE '2014-01-01' AS observation_date;
    CREATE TABLE marts.dim_horizon AS SELECT DATE '2014-01-03' AS as_of_date;
"""
OTHERS = "".join(
    f"CREATE TABLE IF NOT EXISTS {grain.schema}.{table} ({' VARCHAR, '.join(grain.key)} VARCHAR);"
    for table, grain in declared_grains().items()
)
"""All other tables that readers get, without rows."""
