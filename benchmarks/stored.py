"""A warehouse with very many stored interactions, and the day that lands on top of it.

Rows are made by SQL, straight into the raw tables, with the batches and offsets that a landing
would have left. A stored history of `size` interactions: 200 accounts over 100 to 1,000 days (ten
times the days and ten times the actions a day at a hundred times the size), a post for each 250
interactions, an actor for each 20; a few posts have sixty times the attention of most. What is new
is the same rows in every warehouse: 100,000 interactions, most with the posts of two new days, a
part with posts of the ten days before, some up to 90 days late, and the day's posts, counters and
profiles.
"""

from __future__ import annotations

import math

import duckdb
import msgspec

from ingestion.transactions import ROW_GROUP_RECORDS

ACCOUNTS = 200
NEW = 100_000
NEW_ACTORS = 50_000
OF_OLD = 12_000
BATCH = ROW_GROUP_RECORDS
END = 1_400_000_000
DAY = 86_400
PLATFORM = "x"


class Stored(msgspec.Struct, frozen=True):
    """How large a stored history is."""

    size: int

    @property
    def posts(self) -> int:
        return max(self.size // 250, 1)

    @property
    def actors(self) -> int:
        return max(self.size // 20, 1)

    @property
    def days(self) -> int:
        return max(100, round(1_000 * math.sqrt(self.size / 100_000_000)))


def store(warehouse: duckdb.DuckDBPyConnection, stored: Stored) -> None:
    """Put the stored history into the raw tables."""
    start, posts, days = END - stored.days * DAY, stored.posts, stored.days
    born = f"{start} + place * {days * DAY}.0 / {posts}"
    _add(warehouse, "accounts", _official(f"range({days * ACCOUNTS})", start))
    _add(warehouse, "accounts", _actors(0, stored.actors, start))
    _add(warehouse, "posts", _posts(f"{posts} - place", born, posts))
    for after in (1, 2, 7):
        _add(warehouse, "counters", _counters(f"{posts} - place", born, posts, after))
    # a post that many powers of two divide stands for many others, and has their attention
    place = f"""(block * 100 * {posts} // {stored.size})
        - (block * 100 * {posts} // {stored.size}) % (1 << least(6,
            cast(floor(-log2({_share("block", "hot")})) as integer)))"""
    second = _no_later(f"{born} - ln({_share('i', 'delay')}) * {DAY * 0.7}", END)
    actor = f"cast(floor({stored.actors} * pow({_share('i', 'actor')}, 1.5)) as bigint)"
    _add_interactions(warehouse, 0, stored.size, place, f"'p' || ({posts} - place)", second, actor)


def land_new(warehouse: duckdb.DuckDBPyConnection, seen_again: int = 0) -> None:
    """Put the new day on top: the same rows, whatever is stored.

    Args:
        seen_again: so many actors of old (where there are so many) look bought by now.
    """
    posts = NEW // 250
    born = f"{END} + place * {2 * DAY}.0 / {posts}"
    _add(warehouse, "accounts", _official(f"range({ACCOUNTS})", END + DAY))
    _add(warehouse, "accounts", _actors(10**12, NEW_ACTORS // 20, END + DAY))
    if seen_again:
        _add(warehouse, "accounts", _actors(OF_OLD, 3 * seen_again, END + DAY, sold="true"))
    _add(warehouse, "posts", _posts("'n' || place", born, posts))
    _add(warehouse, "counters", _counters("'n' || place", born, posts, 1))
    kind = "cast(hash(block, 'kind') % 100 as integer)"
    place = f"""case when {kind} < 70 then {10**6} + cast(hash(block, 'new') % {posts} as bigint)
        else cast(hash(block, 'old') % case when {kind} < 95 then 400 else 4000 end as bigint)
        end"""
    post = f"case when place >= {10**6} then 'pn' || (place - {10**6}) else 'p' || (place + 1) end"
    during = f"{END} + (place - {10**6}) * {2 * DAY}.0 / {posts}"
    at_once = _no_later(f"{during} - ln({_share('i', 'delay')}) * {DAY * 0.3}", END + 2 * DAY)
    second = f"""case when place >= {10**6} then {at_once}
        else {END} - {_share("i", "delay")} * case when {kind} < 95 then {10 * DAY}
            else {90 * DAY} end end"""
    actor = f"""case when hash(i, 'newcomer') % 5 = 0 then {10**12} else 0 end
        + cast(hash(i, 'actor') % {NEW_ACTORS} as bigint)"""
    _add_interactions(warehouse, 10**12, NEW, place, post, second, actor)


def _no_later(second: str, end: int) -> str:
    """What would be after the end is as long before it: nothing piles up in the last second."""
    return f"{end} - abs({end} - ({second}))"


def _share(column: str, salt: str) -> str:
    """A number above 0 and up to 1, drawn by a hash: the same row is drawn alike everywhere.

    Hashed twice: two salts alone differ by the same bits in each row, so that each actor would
    have a delay of its own, and the whole world would act in lockstep.
    """
    return f"((hash(hash({column}, '{salt}')) >> 11) + 1) / 9007199254740992.0"


def _account_of(post: str) -> str:
    return f"cast(floor({ACCOUNTS} * pow({_share(post, 'account')}, 2)) as bigint)"


def _add_interactions(
    warehouse: duckdb.DuckDBPyConnection,
    first: int,
    size: int,
    place: str,
    post: str,
    second: str,
    actor: str,
) -> None:
    """Blocks of a hundred: likes, shares, comments, replies to these, quotes, follows."""
    blocks = f"""SELECT i, i // 100 AS block, cast(i % 100 as integer) AS part FROM range(
        {first}, {first + size}) AS numbers(i)"""
    rows = f"""SELECT *, {_account_of("post")} AS account, to_timestamp({second}) AS acted_at,
            CASE WHEN part >= 89 AND part < 93 AND hash(i, 'answer') % 4 = 0
                THEN 'official' || {_account_of("post")} ELSE cast({actor} as varchar) END AS actor,
            CASE WHEN part < 62 THEN 'like' WHEN part < 77 THEN 'share'
                WHEN part < 89 THEN 'comment' WHEN part < 93 THEN 'reply'
                WHEN part < 95 THEN 'quote' ELSE 'follow' END AS verb
        FROM (SELECT *, {post} AS post FROM (SELECT *, {place} AS place FROM ({blocks})))"""
    told = f"""SELECT * REPLACE (CASE WHEN undone THEN acted_at + INTERVAL 3 HOUR ELSE acted_at END
            AS acted_at)
        FROM (SELECT *, unnest(CASE WHEN part < 62 AND hash(i, 'undone') % 100 = 0
            THEN [false, true] ELSE [false] END) AS undone FROM ({rows}))"""
    select = f"""SELECT 'i' || i || CASE WHEN undone THEN '-' ELSE '' END AS event_id,
        acted_at AS event_time, verb, md5(actor) AS actor_id,
        CASE WHEN verb = 'follow' THEN 'a' || account ELSE post END AS object_id,
        CASE WHEN verb = 'follow' THEN 'account' ELSE 'post' END AS object_type,
        acted_at AS created_at, 'i' || i AS interaction_id,
        CASE WHEN verb = 'reply' THEN 'i' || (i - part + 77 + hash(i, 'to') % 12) END AS parent_id,
        CASE WHEN part >= 77 AND part < 95 THEN 'What was said of it, number ' || i END AS text,
        CASE WHEN part >= 77 AND part < 95 THEN 'en' END AS language, undone FROM ({told})"""
    _add(warehouse, "interactions", select)


def _posts(name: str, born: str, count: int) -> str:
    return f"""SELECT post AS event_id, post AS post_id, 'a' || {_account_of("post")} AS account_id,
        to_timestamp({born}) AS event_time, to_timestamp({born}) AS created_at,
        'Consular news, number ' || place AS text, 'en' AS language, 'original' AS kind,
        CASE WHEN hash(post, 'campaign') % 50 = 0 THEN 'contest' END AS campaign,
        CASE WHEN hash(post, 'tagged') % 3 = 0 THEN ['study'] END AS hashtags,
        CASE WHEN hash(post, 'linked') % 5 = 0
            THEN ['https://example.org/' || hash(post) % 1000] END AS links,
        'published' AS state
        FROM (SELECT *, 'p' || {name} AS post FROM range({count}) AS numbers(place))"""


def _counters(name: str, born: str, count: int, after_days: int) -> str:
    observed = f"to_timestamp({born} + {after_days * DAY})"
    grown = f"cast(hash(post, 'liked') % 200 * {after_days} as bigint)"
    return f"""SELECT post || '@{after_days}' AS event_id, post AS post_id,
        {observed} AS event_time, {observed} AS observed_at, {grown} AS likes,
        {grown} // 4 AS shares, {grown} // 5 AS comments, {grown} * 50 AS views
        FROM (SELECT *, 'p' || {name} AS post FROM range({count}) AS numbers(place))"""


def _official(numbers: str, start: int) -> str:
    """A profile of each account for each day."""
    observed = f"to_timestamp({start} + (i // {ACCOUNTS}) * {DAY} + 3600)"
    account = f"i % {ACCOUNTS}"
    return f"""SELECT 'a' || {account} || '@' || (i // {ACCOUNTS}) || '-{start}' AS event_id,
        'a' || {account} AS account_id, {observed} AS event_time, {observed} AS observed_at,
        CASE WHEN {account} % 2 = 0 THEN 'own' ELSE 'peer' END AS role,
        'mission' || {account} AS handle, 'Mission ' || {account} AS name,
        cast(10000 + ({account}) * 500 + (i // {ACCOUNTS}) * 3 + hash(i) % 50 as bigint)
            AS followers,
        cast(100 as bigint) AS following, md5('official' || {account}) AS actor_id
        FROM {numbers} AS numbers(i)"""


def _actors(first: int, count: int, second: int, sold: str = "hash(i, 'sold') % 10 = 0") -> str:
    """Profiles of every third actor; every tenth of them looks like one that was bought."""
    return f"""SELECT 'profile' || i || '@{second}' AS event_id,
        md5(cast(i as varchar)) AS account_id,
        'actor' AS role, to_timestamp({second}) AS event_time,
        to_timestamp({second}) AS observed_at,
        to_timestamp({second} - (hash(i, 'age') % 2000 + 5) * {DAY}) AS created_at,
        cast(CASE WHEN {sold} THEN hash(i, 'f') % 5 ELSE hash(i, 'f') % 900 END as bigint)
            AS followers,
        cast(CASE WHEN {sold} THEN 2000 ELSE hash(i, 'g') % 600 END as bigint) AS following,
        cast(CASE WHEN {sold} THEN 0 ELSE hash(i, 'p') % 3000 END as bigint) AS posts,
        {sold} AS default_avatar, NOT ({sold}) AS has_bio, NOT ({sold}) AS has_location
        FROM range({first}, {first + count}) AS numbers(i) WHERE i % 3 = 0"""


def _add(warehouse: duckdb.DuckDBPyConnection, table: str, select: str) -> None:
    """One drain of one partition, as the landing leaves it: batches that fill a row group each.

    In batches of another length the table has row groups that are nearly empty, and each
    checkpoint mends some of them: seconds that no landing's table costs.
    """
    topic = f"attache.{table}.v1"
    drain, batch, offset = warehouse.execute(
        """SELECT (SELECT coalesce(max(drain_id), 0) + 1 FROM raw.drains),
            coalesce(max(batch_id), 0) + 1, coalesce(max(next_offset) FILTER (topic = ?), 0)
        FROM raw.batches""",
        [topic],
    ).fetchall()[0]
    found = warehouse.execute(
        f"""INSERT INTO raw.{table} BY NAME SELECT 'benchmark' AS event_source,
        '{PLATFORM}' AS platform, '{topic}' AS kafka_topic, 0 AS kafka_partition,
        0 AS kafka_generation, {offset} + nth AS kafka_offset,
        {batch} + nth // {BATCH} AS batch_id, * EXCLUDE (nth)
        FROM (SELECT row_number() OVER () - 1 AS nth, * FROM ({select}))"""
    ).fetchone()
    count = int(found[0]) if found else 0
    landed_at = f"to_timestamp({END + 2 * DAY})"
    warehouse.execute(
        f"""INSERT INTO raw.drains VALUES ({drain}, 'benchmark', {landed_at}, {landed_at},
            {landed_at}, {count});
        INSERT INTO raw.batches SELECT {batch} + nth, {drain}, '{topic}', 0, 0,
            {offset} + first, {offset} + first + size, size, size, 0, {landed_at}
        FROM (SELECT nth, nth * {BATCH} AS first, least({BATCH}, {count} - nth * {BATCH}) AS size
            FROM range({-(-count // BATCH)}) AS numbers(nth));
        INSERT INTO raw.offsets VALUES ('{topic}', 0, 0, 'benchmark', {offset + count},
            (SELECT max(batch_id) FROM raw.batches))
            ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset,
                batch_id = excluded.batch_id"""
    )
