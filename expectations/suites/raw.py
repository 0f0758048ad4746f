"""What must hold of the raw schema: nothing lost, nothing twice, nothing impossible, all fresh."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from expectations.checks import Check
from expectations.policy import Policy
from expectations.published import Offset
from ingestion.contracts.validation import ERASED

ROW_TABLES = ("raw.accounts", "raw.counters", "raw.interactions", "raw.posts")
STORED = (*ROW_TABLES, "raw.dead_letters")
COUNTS = {
    "raw.accounts": ("followers", "following", "posts", "likes_given", "listed"),
    "raw.counters": ("likes", "shares", "comments", "views"),
}
POSITION = "kafka_topic, kafka_partition, kafka_generation, kafka_offset"
COORDINATE = """kafka_topic || '/' || kafka_partition
    || if(kafka_generation = 0, '', ' generation ' || kafka_generation) || '@' || kafka_offset"""


def raw_checks(
    policy: Policy, logical_at: datetime, published: Sequence[Offset] = ()
) -> list[Check]:
    """The checks of the raw schema, for a run that stands for `logical_at` (an aware instant).

    Args:
        published: how far each partition is in the version that readers have.
    """
    return [
        _batches_add_up(),
        _batches_are_stored(),
        _coordinates_are_unique(),
        _gaps_are_accepted(),
        _counts_are_not_negative(),
        _is_fresh(logical_at, policy.limit("raw_is_fresh")),
        _dead_letters_are_few(policy.limit("raw_dead_letters_are_few"), published),
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


def _dead_letters_are_few(share: float, published: Sequence[Offset]) -> Check:
    """Not of the last drain alone: a clean one after a bad one must not open the gate."""
    return Check(
        check_id="raw_dead_letters_are_few",
        table="raw.dead_letters",
        description="Of all that was landed since the published version, at most "
        f"{share:.1%} are dead letters that nobody accepted.",
        offenders=f"""
            with published as (
                {_table_of(published)}),
            landed as (
                select sum(record_count) as record_count from raw.batches
                left join published using (topic, "partition")
                where {_is_new("first_offset", "raw.batches.generation")}),
            dead as (
                select letters.* from raw.dead_letters as letters
                left join published
                    on topic = kafka_topic and "partition" = kafka_partition
                anti join raw.accepted_dead_letters using ({POSITION})
                where reason <> '{ERASED}' and {_is_new("kafka_offset", "kafka_generation")}),
            too_many as (
                select count(*) as dead_count from dead
                having count(*) > {share!r} * (select record_count from landed))
            select {COORDINATE} as key,
                   reason || ', one of ' || dead_count || ' in ' || record_count as detail
            from dead, too_many, landed
            order by key""",
    )


def _table_of(published: Sequence[Offset]) -> str:
    """The offsets as a query; none of them, and everything is new."""
    rows = ", ".join(
        f"('{at.topic}', {at.partition}, {at.generation}, {at.next_offset})" for at in published
    )
    columns = 'topic, "partition", generation, next_offset'
    nothing = "('', -1, 0, 0)"
    return f"select * from (values {rows or nothing}) as offsets ({columns})"


def _is_new(offset: str, generation: str) -> str:
    """Whether a record is not in the published version."""
    return (
        f"(published.next_offset is null or ({generation}, {offset}) "
        ">= (published.generation, published.next_offset))"
    )
