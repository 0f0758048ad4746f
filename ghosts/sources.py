"""Labelled accounts of others' studies, in one shape. They are read where they lie, never copied.

The shape is what `ghost_inputs` of the dbt macros makes of a contract account: the counts and flags
as stated, `age_days` and `handle_digits` already derived; a field that a source lacks is null.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from runtime.errors import AttacheError
from runtime.settings import PROJECT

DATA = PROJECT.parent / "shared" / "data" / "accounts"

COUNTS = ("followers", "following", "posts", "likes_given", "listed")
FLAGS = ("default_avatar", "has_bio", "has_location", "has_link")
INPUTS = (*COUNTS, *FLAGS, "age_days", "handle_digits")


@dataclass(frozen=True)
class Source:
    """Accounts of one kind from one study.

    Args:
        name: what tables call it.
        family: studies whose accounts overlap or were chosen by one hand; never split apart.
        kind: `real`, `bought` (followers somebody sold), `spam` or `bot` (automated, of any sort).
        files: below the folder of account data; the first is read by `sql`.
        sql: a select of `INPUTS` from `{file}`.
    """

    name: str
    family: str
    kind: str
    file: str
    sql: str

    @property
    def is_ghost(self) -> bool:
        return self.kind != "real"


# `verified` and `protected` say "the field was filled" there, and the columns about tweets are
# empty for most genuine rows only: neither is read.
_CRESCI = """
select
    follower as followers, friend as following, status as posts, null as likes_given, listed,
    null as default_avatar, bio as has_bio, location as has_location, url as has_link,
    null as age_days, handle_number as handle_digits, null as language
from read_csv('{file}')
"""

# A flag is 1 or empty there. Both lists were crawled on one day of 2015, two years after they had
# been chosen, so that an age would tell the list and not the account.
_MIB = """
select
    followers_count as followers, friends_count as following, statuses_count as posts,
    favourites_count as likes_given, listed_count as listed,
    coalesce(cast(default_profile_image as varchar), '') = '1' as default_avatar,
    coalesce(description, '') not in ('', 'NULL') as has_bio,
    coalesce(location, '') not in ('', 'NULL') as has_location,
    coalesce(url, '') not in ('', 'NULL') as has_link,
    null as age_days,
    length(regexp_replace(screen_name, '[^0-9]', '', 'g')) as handle_digits, lang as language
from read_csv('{file}', quote = '"', escape = '"', header = true)
"""

# As found: quotes around quotes, three ways to write a date, ids as 8.41e+17, repeated accounts.
# The profiles were read in the middle of March 2017; a later opening is a misread date.
_BOTORNOT = """
select
    followers_count as followers, friends_count as following, statuses_count as posts,
    favourites_count as likes_given, listedcount as listed,
    default_profile_image ilike 'true' as default_avatar,
    trim(coalesce(description, ''), '"') not in ('', 'null', 'NULL') as has_bio,
    trim(coalesce(location, ''), '"') not in ('', 'null', 'NULL') as has_location,
    trim(coalesce(url, ''), '"') not in ('', 'null', 'NULL') as has_link,
    nullif(greatest(date_diff('day', opened_at, date '2017-03-15'), -1), -1) as age_days,
    length(regexp_replace(screen_name, '[^0-9]', '', 'g')) as handle_digits,
    trim(lang, '"') as language
from (
    select
        *,
        coalesce(
            try_strptime(trim(created_at, '"'), '%a %b %d %H:%M:%S +0000 %Y'),
            try_strptime(created_at, ['%m/%d/%y', '%d/%m/%Y %H:%M'])
        ) as opened_at
    from read_csv(
        '{file}', all_varchar = true, header = true, quote = '"', escape = '"',
        strict_mode = false, ignore_errors = true
    )
    qualify row_number() over (partition by lower(screen_name) order by id) = 1
)
"""

_INSTAFAKE = """
select
    userFollowerCount as followers, userFollowingCount as following, userMediaCount as posts,
    null as likes_given, null as listed, userHasProfilPic = 0 as default_avatar,
    userBiographyLength > 0 as has_bio, null as has_location, null as has_link,
    null as age_days, usernameDigitCount as handle_digits, null as language
from read_json('{file}')
"""
_INSTA_SERIES = _INSTAFAKE.replace("userHasProfilPic = 0", "null").replace(
    "null as has_link", "userHasExternalUrl = 1 as has_link"
)

_FEATURES = "twitter_bot_features/cresci2017_"
SOURCES = (
    Source("mib2015 bought", "mib", "bought", "mib2015/fusers.csv", _MIB),
    Source("mib2015 real", "mib", "real", "mib2015/users.csv", _MIB),
    Source("cresci2017 bought", "mib", "bought", f"{_FEATURES}fake_followers.csv", _CRESCI),
    Source("cresci2017 real", "mib", "real", f"{_FEATURES}genuine.csv", _CRESCI),
    Source("cresci2017 social", "social", "spam", f"{_FEATURES}social_spambots_1.csv", _CRESCI),
    Source("cresci2017 spam", "spam", "spam", f"{_FEATURES}traditional_spambots_1.csv", _CRESCI),
    Source("botornot bots", "botornot", "bot", "botornot/bots_data.csv", _BOTORNOT),
    Source("botornot real", "botornot", "real", "botornot/nonbots_data.csv", _BOTORNOT),
    Source("instafake bought", "instafake", "bought", "instafake/fakeAccountData.json", _INSTAFAKE),
    Source("instafake real", "instafake", "real", "instafake/realAccountData.json", _INSTAFAKE),
    Source("instafake series", "instafake", "real", "instafake/nonautomated.json", _INSTA_SERIES),
)


class AccountDataError(AttacheError):
    """The labelled accounts are not on this machine."""


def load(data: Path = DATA) -> duckdb.DuckDBPyConnection:
    """A connection with the table `labelled`: source, language and `INPUTS`, a row an account.

    Raises:
        AccountDataError: a file isn't there.
    """
    connection = duckdb.connect()
    counts = ", ".join(f"{name} bigint" for name in COUNTS)
    flags = ", ".join(f"{name} boolean" for name in FLAGS)
    connection.execute(
        f"create table labelled (source varchar, language varchar, {counts}, {flags},"
        " age_days double, handle_digits bigint)"
    )
    for source in SOURCES:
        file = data / source.file
        if not file.is_file():
            raise AccountDataError(
                f"{source.file} isn't in {data}.",
                "Training and evaluation need the labelled accounts; scoring doesn't.",
            )
        connection.execute(
            f"insert into labelled by name select $source as source, *"
            f" from ({source.sql.format(file=file)})",
            {"source": source.name},
        )
    return connection
