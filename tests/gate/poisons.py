"""What must turn each hard check red, and what the gate must then say."""

from __future__ import annotations

DAY = "weibo:can 2014-01-01"
POST = "WHERE post_key = 'weibo:p1'"
ON_DAY = "WHERE activity_date = '2014-01-01'"
MORE_LIKES = "like_count = like_count + 1, like_count_ghost = like_count_ghost + 1"
POISONS: dict[str, tuple[str, str]] = {
    "raw_batches_add_up": (
        "UPDATE raw.batches SET record_count = 3 WHERE topic = 'attache.posts.v1'",
        "1 attache.posts.v1/0 (3 read, 2 landed, 0 dead-lettered)",
    ),
    "raw_batches_are_stored": (
        "DELETE FROM raw.interactions WHERE kafka_offset = 3",
        "1 attache.interactions.v1/0 (40 landed, 39 stored",
    ),
    "raw_coordinates_are_unique": (
        "INSERT INTO raw.interactions SELECT * FROM raw.interactions WHERE kafka_offset = 3",
        "attache.interactions.v1/0@3 (2 times)",
    ),
    "raw_gaps_are_accepted": (
        "INSERT INTO raw.gaps VALUES ('posts', 0, 0, 2, NULL, 'made anew', now(), NULL)",
        "posts/0@2 (made anew)",
    ),
    "raw_counts_are_not_negative": (
        "UPDATE raw.counters SET likes = -5 WHERE event_id = 'c1'",
        "raw.counters s/c1 (likes is -5)",
    ),
    "raw_is_fresh": (
        "UPDATE raw.drains SET logical_at = '2014-02-25 05:00:00Z'",
        "raw.drains (the last drain stands for 2014-02-25",
    ),
    "raw_dead_letters_are_few": (
        "UPDATE raw.batches SET record_count = 4, row_count = 4 WHERE topic LIKE '%interactions%'",
        "attache.interactions.v1/0@40 (not_json, one of 1 in 9)",
    ),
    "marts_columns_are_as_promised": (
        "ALTER TABLE marts.fct_engagement_daily ALTER post_count TYPE HUGEINT",
        "fct_engagement_daily.post_count (is HUGEINT, should be BIGINT)",
    ),
    "marts_rows_have_not_dropped": (
        "DELETE FROM marts.dim_date WHERE date_day < '2014-01-11'",
        "marts.dim_date (30 rows, 40 are published)",
    ),
    "published_keys_are_whole": (
        "INSERT INTO marts.dim_theme VALUES ('visas'), ('visas'), (NULL)",
        "dim_theme null (1 rows)",
    ),
    "dim_account_key_is_whole": (
        "INSERT INTO marts.dim_account SELECT * FROM marts.dim_account",
        "weibo:can (2 rows)",
    ),
    "dim_post_key_is_whole": (
        f"INSERT INTO marts.dim_post SELECT * FROM marts.dim_post {POST}",
        "weibo:p1 (2 rows)",
    ),
    "dim_date_key_is_whole": (
        "UPDATE marts.dim_date SET date_day = NULL WHERE date_day = '2014-01-05'",
        "null (1 rows)",
    ),
    "dim_platform_key_is_whole": (
        "INSERT INTO marts.dim_platform SELECT * FROM marts.dim_platform",
        "weibo (2 rows)",
    ),
    "fct_interaction_key_is_whole": (
        """UPDATE marts.fct_interaction SET interaction_key = 'weibo:i7'
           WHERE actor_key = 'weibo:x8'""",
        "weibo:i7 (2 rows)",
    ),
    "fct_post_key_is_whole": (
        f"INSERT INTO marts.fct_post SELECT * FROM marts.fct_post {POST}",
        "weibo:p1 (2 rows)",
    ),
    "fct_post_engagement_daily_key_is_whole": (
        f"""INSERT INTO marts.fct_post_engagement_daily
            SELECT * FROM marts.fct_post_engagement_daily {ON_DAY}""",
        "weibo:p1 2014-01-01 (2 rows)",
    ),
    "fct_engagement_daily_key_is_whole": (
        f"""INSERT INTO marts.fct_engagement_daily
            SELECT * FROM marts.fct_engagement_daily {ON_DAY}""",
        f"{DAY} (2 rows)",
    ),
    "fct_account_daily_key_is_whole": (
        "INSERT INTO marts.fct_account_daily SELECT * FROM marts.fct_account_daily",
        f"{DAY} (2 rows)",
    ),
    "dim_post_account_is_known": (
        f"UPDATE marts.dim_post SET account_key = 'weibo:stranger' {POST}",
        "weibo:p1 (account_key weibo:stranger)",
    ),
    "fct_interaction_account_is_known": (
        "UPDATE marts.fct_interaction SET account_key = NULL WHERE interaction_key = 'weibo:i5'",
        "weibo:i5 (account_key null)",
    ),
    "fct_interaction_post_is_known": (
        "UPDATE marts.fct_interaction SET post_key = 'weibo:lost' WHERE actor_key = 'weibo:x1'",
        "weibo:i1 (post_key weibo:lost)",
    ),
    "fct_post_post_is_known": (
        f"UPDATE marts.fct_post SET post_key = 'weibo:lost' {POST}",
        "weibo:lost (post_key weibo:lost)",
    ),
    "fct_post_engagement_daily_post_is_known": (
        f"UPDATE marts.fct_post_engagement_daily SET post_key = 'weibo:lost' {POST}",
        "weibo:lost 2014-01-01 (post_key weibo:lost)",
    ),
    "fct_engagement_daily_account_is_known": (
        f"UPDATE marts.fct_engagement_daily SET account_key = 'weibo:stranger' {ON_DAY}",
        "weibo:stranger 2014-01-01 (account_key weibo:stranger)",
    ),
    "fct_account_daily_account_is_known": (
        "UPDATE marts.fct_account_daily SET account_key = 'weibo:stranger'",
        "weibo:stranger 2014-01-01 (account_key weibo:stranger)",
    ),
    "fct_post_counts_are_not_negative": (
        f"UPDATE marts.fct_post SET stated_view_count = -1 {POST}",
        "weibo:p1 (stated_view_count is -1)",
    ),
    "fct_post_engagement_daily_counts_are_not_negative": (
        f"UPDATE marts.fct_post_engagement_daily SET quote_count_ghost = -2 {POST}",
        "weibo:p1 2014-01-01 (quote_count_ghost is -2)",
    ),
    "fct_engagement_daily_counts_are_not_negative": (
        f"UPDATE marts.fct_engagement_daily SET post_count = -1 {ON_DAY}",
        f"{DAY} (post_count is -1)",
    ),
    "fct_post_classes_add_up": (
        f"UPDATE marts.fct_post SET share_count_organic = NULL {POST}",
        "weibo:p1 (share_count is 7, its parts add up to null)",
    ),
    "fct_post_engagement_daily_classes_add_up": (
        f"UPDATE marts.fct_post_engagement_daily SET action_count_ghost = 99 {POST}",
        "weibo:p1 2014-01-01 (action_count is",
    ),
    "fct_engagement_daily_classes_add_up": (
        f"UPDATE marts.fct_engagement_daily SET follow_count_organic = 99 {ON_DAY}",
        f"{DAY} (follow_count is 0, its parts add up to",
    ),
    "fct_post_verbs_add_up": (f"UPDATE marts.fct_post SET {MORE_LIKES} {POST}", "weibo:p1 (action"),
    "fct_post_engagement_daily_verbs_add_up": (
        f"UPDATE marts.fct_post_engagement_daily SET {MORE_LIKES} {POST}",
        "weibo:p1 2014-01-01 (action_count is",
    ),
    "fct_engagement_daily_verbs_add_up": (
        f"UPDATE marts.fct_engagement_daily SET {MORE_LIKES} {ON_DAY}",
        f"{DAY} (action_count is",
    ),
    "fct_post_reconciles": (
        f"DELETE FROM marts.fct_post {POST}",
        "weibo:p1 reply_count_coordinated (none in fct_post, 1 in fct_interaction)",
    ),
    "fct_post_engagement_daily_reconciles": (
        "UPDATE marts.fct_interaction SET is_undone = true WHERE interaction_key = 'weibo:i1'",
        "weibo:p1 2014-01-02 share_count_incentivised (2 in fct_post_engagement_daily, 1 in",
    ),
    "fct_engagement_daily_reconciles": (
        f"DELETE FROM marts.fct_engagement_daily {ON_DAY}",
        f"{DAY} like_count_unassessed (none in fct_engagement_daily",
    ),
}
"""For each hard check: the SQL that must turn it red, and what the message must then say."""
