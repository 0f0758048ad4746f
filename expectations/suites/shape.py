"""Checks of the shape of the marts: columns, keys, references and numbers of rows."""

from __future__ import annotations

from collections.abc import Mapping

from expectations.checks import Check
from expectations.suites.grains import Grain
from expectations.suites.measures import CLASSED_MEASURES, MEASURES

_ALL_MEASURES = dict.fromkeys((*MEASURES, *CLASSED_MEASURES), "BIGINT")

PROMISED: dict[str, dict[str, str]] = {
    "dim_account": {"account_key": "VARCHAR", "platform": "VARCHAR", "account_id": "VARCHAR"},
    "dim_post": {
        "post_key": "VARCHAR",
        "account_key": "VARCHAR",
        "platform": "VARCHAR",
        "post_id": "VARCHAR",
        "published_at": "TIMESTAMP WITH TIME ZONE",
        "publication_date": "DATE",
    },
    "fct_interaction": {
        "interaction_key": "VARCHAR",
        "post_key": "VARCHAR",
        "account_key": "VARCHAR",
        "actor_key": "VARCHAR",
        "verb": "VARCHAR",
        "activity_date": "DATE",
        "publication_date": "DATE",
        "is_undone": "BOOLEAN",
    },
    "fct_post": {
        "post_key": "VARCHAR",
        **_ALL_MEASURES,
        "stated_like_count": "BIGINT",
        "stated_share_count": "BIGINT",
        "stated_comment_count": "BIGINT",
        "stated_view_count": "BIGINT",
    },
    "fct_post_engagement_daily": {
        "post_key": "VARCHAR",
        "activity_date": "DATE",
        **_ALL_MEASURES,
    },
    "fct_engagement_daily": {
        "account_key": "VARCHAR",
        "activity_date": "DATE",
        "post_count": "BIGINT",
        **_ALL_MEASURES,
        "is_inflated": "BOOLEAN",
        "inflation_reasons": "VARCHAR[]",
    },
}
"""The columns that analysts' queries rely on, with their types, by mart."""


def promised_columns() -> Check:
    """The names and types that others rely on are there."""
    promised = ", ".join(
        f"('{table}', '{column}', '{kind}')"
        for table, columns in PROMISED.items()
        for column, kind in columns.items()
    )
    return Check(
        check_id="marts_columns_are_as_promised",
        table="marts",
        description="The columns that queries and BI tools rely on exist, with their types.",
        offenders=f"""
            select promised.table_name || '.' || promised.column_name as key,
                   coalesce('is ' || found.data_type, 'is missing')
                   || ', should be ' || promised.data_type as detail
            from (values {promised}) as promised (table_name, column_name, data_type)
            left join (select * from duckdb_columns() where schema_name = 'marts') as found
                using (table_name, column_name)
            where found.data_type is distinct from promised.data_type
            order by key""",
    )


def key_is_whole(table: str, key: tuple[str, ...]) -> Check:
    """No two rows have one key, and no part of a key is null."""
    columns = ", ".join(key)
    missing = " or ".join(f"{column} is null" for column in key)
    return Check(
        check_id=f"{table}_key_is_whole",
        table=f"marts.{table}",
        description=f"Every row of {table} has a {' and '.join(key)} of its own.",
        offenders=f"""
            select {key_text(key)} as key, count(*) || ' rows' as detail
            from marts.{table} group by {columns}
            having count(*) > 1 or {missing} order by key""",
    )


def keys_are_whole(grains: Mapping[str, Grain]) -> Check:
    """The same of many tables at once: a check of each would take longer than the counting."""
    parts = " union all ".join(
        f"""select '{table} ' || {key_text(grain.key)} as key, count(*) || ' rows' as detail
            from {grain.schema}.{table} group by {", ".join(grain.key)}
            having count(*) > 1{"".join(f" or {column} is null" for column in grain.whole)}"""
        for table, grain in grains.items()
    )
    return Check(
        check_id="published_keys_are_whole",
        table="marts",
        description="Every row of every other table that readers get has a key of its own, the "
        "one that its model declares.",
        offenders=f"select key, detail from ({parts}) order by key",
    )


def reference_is_known(table: str, key: tuple[str, ...], dimension: str) -> Check:
    """Every `<dimension>_key` is in `dim_<dimension>`; a follow has no post, and needs none."""
    column = f"{dimension}_key"
    optional = f"and {column} is not null" if (table, dimension) == _FOLLOWS else ""
    return Check(
        check_id=f"{table}_{dimension}_is_known",
        table=f"marts.{table}",
        description=f"Every {dimension} in {table} is in dim_{dimension}: no stranger is counted.",
        offenders=f"""
            select {key_text(key)} as key,
                   '{column} ' || coalesce({column}, 'null') as detail
            from marts.{table} where not exists (
                select 1 from marts.dim_{dimension} as known
                where known.{column} = {table}.{column}) {optional}
            order by key""",
    )


def rows_have_not_dropped(published: Mapping[str, int], share: float) -> Check:
    """No table lost more than `share` of the rows that the last published version has."""
    counted = " union all ".join(
        f"select '{table}' as key, {rows} as published, (select count(*) from {table}) as present"
        for table, rows in sorted(published.items())
    )
    nothing = "select '' as key, 0 as published, 0 as present"
    return Check(
        check_id="marts_rows_have_not_dropped",
        table="marts",
        description=f"No table has lost more than {share:.1%} of the rows that readers have now.",
        offenders=f"""
            select key, present || ' rows, ' || published || ' are published' as detail
            from ({counted or nothing})
            where published - present > {share!r} * published order by key""",
        not_applicable="" if published else "nothing has been published yet",
    )


def key_text(key: tuple[str, ...]) -> str:
    """SQL of a key as one text."""
    return " || ' ' || ".join(f"coalesce({column}::text, 'null')" for column in key)


_FOLLOWS = ("fct_interaction", "post")
