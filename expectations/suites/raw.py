"""What must hold of the raw schema: nothing lost, nothing twice, nothing impossible, all fresh."""

from __future__ import annotations

from datetime import datetime, timedelta

from expectations.checks import Check
from expectations.policy import Policy

ROW_TABLES = ("raw.accounts", "raw.counters", "raw.interactions", "raw.posts")
STORED = (*ROW_TABLES, "raw.dead_letters")
COUNTS = {
    "raw.accounts": ("followers", "following", "posts", "likes_given", "listed"),
    "raw.counters": ("likes", "shares", "comments", "views"),
}
POSITION = "kafka_topic, kafka_partition, kafka_generation, kafka_offset"
COORDINATE = """kafka_topic || '/' || kafka_partition
    || if(kafka_generation = 0, '', ' generation ' || kafka_generation) || '@' || kafka_offset"""


def raw_checks(policy: Policy, logical_at: datetime) -> list[Check]:
    """The checks of the raw schema, for a run that stands for `logical_at` (an aware instant)."""
    return [
        _batches_add_up(),
        _batches_are_stored(),
        _coordinates_are_unique(),
        _gaps_are_accepted(),
        _counts_are_not_negative(),
        _is_fresh(logical_at, policy.limit("raw_is_fresh")),
        _dead_letters_are_few(policy.limit("raw_dead_letters_are_few")),
    ]


def _batches_add_up() -> Check:
    return Check(
        check_id="raw_batches_add_up",
        table="raw.batches",
        description="Every batch read as many records as it landed and dead-lettered together.",
        offenders="""
            select batch_id || ' ' || topic || '/' || partition as key,
                   record_count || ' read, ' || row_count || ' landed, '
                   || dead_letter_count || ' dead-lettered' as detail
            from raw.batches
            where record_count is distinct from row_count + dead_letter_count
            order by key""",
    )


def _batches_are_stored() -> Check:
    stored = " union all ".join(
        f"""select batch_id, kafka_topic as topic, kafka_partition as "partition",
            {int(table in ROW_TABLES)} as is_row from {table}"""
        for table in STORED
    )
    return Check(
        check_id="raw_batches_are_stored",
        table="raw.batches",
        description="The rows and dead letters of every batch are still there, and no others.",
        offenders=f"""
            with stored as (
                select batch_id, topic, "partition", sum(is_row) as rows_stored,
                       count(*) - sum(is_row) as dead_stored
                from ({stored}) group by all)
            select batch_id || ' ' || topic || '/' || "partition" as key,
                   coalesce(row_count || ' landed, ', 'no such batch, ')
                   || coalesce(rows_stored, 0) || ' stored; dead letters: '
                   || coalesce(dead_letter_count, 0) || ', stored: '
                   || coalesce(dead_stored, 0) as detail
            from raw.batches full join stored using (batch_id, topic, "partition")
            where row_count is distinct from coalesce(rows_stored, 0)
               or dead_letter_count is distinct from coalesce(dead_stored, 0)
            order by key""",
    )


def _coordinates_are_unique() -> Check:
    union = " union all ".join(f"select {POSITION} from {table}" for table in STORED)
    return Check(
        check_id="raw_coordinates_are_unique",
        table="raw",
        description="One record of Kafka is one row or one dead letter, never two.",
        offenders=f"""
            select {COORDINATE} as key, count(*) || ' times' as detail
            from ({union}) group by {POSITION}
            having count(*) > 1 order by key""",
    )


def _gaps_are_accepted() -> Check:
    return Check(
        check_id="raw_gaps_are_accepted",
        table="raw.gaps",
        description="No record vanished from a topic before it was landed, unless somebody "
        "looked at the gap and accepted it.",
        offenders="""
            select topic || '/' || "partition" || '@' || from_offset as key,
                   coalesce('up to ' || to_offset || ', ', '') || cause as detail
            from raw.gaps where accepted_at is null order by key""",
    )


def _counts_are_not_negative() -> Check:
    parts = " union all ".join(
        f"""select '{table} ' || event_source || '/' || event_id as key,
            '{column} is ' || {column} as detail from {table} where {column} < 0"""
        for table, columns in COUNTS.items()
        for column in columns
    )
    return Check(
        check_id="raw_counts_are_not_negative",
        table="raw.counters",
        description="No platform states a negative count of followers, posts, likes or views.",
        offenders=f"select key, detail from ({parts}) order by key",
    )


def _is_fresh(logical_at: datetime, hours: float) -> Check:
    oldest = (logical_at - timedelta(hours=hours)).isoformat()
    return Check(
        check_id="raw_is_fresh",
        table="raw.drains",
        description=f"The last finished drain of Kafka stands for {oldest} or later: at most "
        f"{hours:g} hours before the run.",
        offenders=f"""
            select 'raw.drains' as key,
                   coalesce('the last drain stands for ' || max(logical_at),
                            'there was no drain yet') as detail
            from raw.drains where finished_at is not null
            having coalesce(max(logical_at) < timestamptz '{oldest}', true)""",
    )


def _dead_letters_are_few(share: float) -> Check:
    return Check(
        check_id="raw_dead_letters_are_few",
        table="raw.dead_letters",
        description=f"Of the last drain that read anything, at most {share:.1%} are dead letters.",
        offenders=f"""
            with last_drain as (
                select batch_id, record_count, dead_letter_count
                from raw.batches where drain_id = (
                    select max(drain_id) from raw.batches where record_count > 0)),
            too_many as (
                select sum(record_count) as records, sum(dead_letter_count) as dead
                from last_drain
                having sum(dead_letter_count) > {share!r} * sum(record_count))
            select {COORDINATE} as key,
                   reason || ', one of ' || dead || ' in ' || records as detail
            from raw.dead_letters join too_many on true
            where batch_id in (select batch_id from last_drain)
            order by key""",
    )
