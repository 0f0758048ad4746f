"""Values as people, platforms and spreadsheets write them, as SQL over a column of text."""

from __future__ import annotations

NOTHING = "('', 'null', 'none', 'nan', 'na', 'n/a')"
YES = "('true', 't', 'yes', 'y', '1', '1.0')"
NO = "('false', 'f', 'no', 'n', '0', '0.0')"
# With the day first where it could be either, as most of the world writes it
DATES = (
    "['%m/%d/%y', '%d/%m/%Y %H:%M', '%d/%m/%Y', '%d.%m.%Y %H:%M', '%d.%m.%Y', '%Y/%m/%d',"
    " '%b %d %Y', '%b %d, %Y', '%d %b %Y', '%B %d, %Y', '%d %B %Y']"
)


def quoted(column: str) -> str:
    """A column's name as SQL takes it."""
    return '"' + column.replace('"', '""') + '"'


def text(column: str | None) -> str:
    """What a column says, without quotes and blanks around it; null where it says nothing."""
    if column is None:
        return "cast(null as varchar)"
    trimmed = f"trim(cast({quoted(column)} as varchar), ' \"''')"
    return f"(case when lower({trimmed}) not in {NOTHING} then {trimmed} end)"


def count(written: str) -> str:
    """A count: 1204, 1204.0, 1,204, 1.204, 1 204, 1'204, 1.2K, 1,2K; nothing below 0.

    Three digits behind a point or comma are thousands: nobody has a thousandth of a follower.
    """
    close = f"upper(regexp_replace({written}, '[ ''\u2019\u00a0\u2009\u202f]', '', 'g'))"
    grouped = f"regexp_full_match({close}, '[1-9][0-9]{{0,2}}(([.][0-9]{{3}})+|(,[0-9]{{3}})+)')"
    plain = (
        f"case when {grouped} or {close} like '%,%.%' then replace(replace({close}, ',', ''),"
        f" case when {grouped} then '.' else ',' end, '') else replace({close}, ',', '.') end"
    )
    scale = (
        f"case right({close}, 1) when 'K' then 1e3 when 'M' then 1e6 when 'B' then 1e9 else 1 end"
    )
    slow = f"try_cast(floor(try_cast(rtrim({plain}, 'KMB') as double) * {scale}) as bigint)"
    whole = (
        f"case when regexp_full_match({written}, '[0-9]{{1,18}}')"
        f" then try_cast({written} as bigint) end"
    )
    return f"nullif(greatest(coalesce({whole}, {slow}), -1), -1)"


def flag(written: str) -> str:
    """Yes or no, as written; null where it is neither."""
    word = f"lower({written})"
    return f"(case when {word} in {YES} then true when {word} in {NO} then false end)"


def is_prose(written: str) -> str:
    """Whether it is a text of its own, and not a flag."""
    return f"lower({written}) not in {YES} and lower({written}) not in {NO}"


def instant(written: str) -> str:
    """An instant in the usual ways of writing one; without a zone it is taken for UTC."""
    seconds = f"try_cast({written} as double)"
    return (
        f"coalesce(case when {written} like '____-%' then try_cast({written} as timestamptz) end,"
        f" case when {seconds} > 1e11 then to_timestamp({seconds} / 1000)"
        f" when {seconds} > 1e8 then to_timestamp({seconds}) end,"
        f" try_strptime({written}, '%a %b %d %H:%M:%S %z %Y')::timestamptz,"
        f" try_strptime({written}, {DATES})::timestamptz)"
    )
