"""Checks of the arithmetic of the marts: law 6, sums, signs and reconciliation."""

from __future__ import annotations

from expectations.checks import Check
from expectations.suites.measures import ACTIONS, CLASSES, MEASURES, VERBS
from expectations.suites.shape import key_text


def counts_are_not_negative(table: str, key: tuple[str, ...]) -> Check:
    """Every column with `_count` in its name is zero, more or null."""
    return Check(
        check_id=f"{table}_counts_are_not_negative",
        table=f"marts.{table}",
        description=f"No count in {table} is negative.",
        offenders=f"""
            with counts as (
                select {key_text(key)} as key, columns('_count')::bigint from marts.{table})
            select key, measure || ' is ' || total as detail
            from (unpivot counts on columns('_count') into name measure value total)
            where total < 0 order by key, measure""",
    )


def classes_add_up(table: str, key: tuple[str, ...]) -> Check:
    """Law 6: raw = organic + incentivised + coordinated + ghost + unassessed."""
    return Check(
        check_id=f"{table}_classes_add_up",
        table=f"marts.{table}",
        description=f"Every measure of {table} is the sum of its organic, incentivised, "
        "coordinated, ghost and unassessed parts.",
        offenders=_sums(table, key, {m: [f"{m}_{name}" for name in CLASSES] for m in MEASURES}),
    )


def verbs_add_up(table: str, key: tuple[str, ...]) -> Check:
    """An action is a like, share, comment, reply or quote; follows and views are not."""
    return Check(
        check_id=f"{table}_verbs_add_up",
        table=f"marts.{table}",
        description=f"The actions in {table} are its likes, shares, comments, replies and quotes.",
        offenders=_sums(table, key, {"action_count": [f"{verb}_count" for verb in ACTIONS]}),
    )


def reconciles_with_interactions(table: str, key: tuple[str, ...]) -> Check:
    """Each class of each verb counts what `fct_interaction` has, over the same key."""
    columns = ", ".join(key)
    verbs = "|".join(VERBS)
    classes = "|".join(CLASSES)
    pattern = f"^({verbs})_count_({classes})$"
    return Check(
        check_id=f"{table}_reconciles",
        table=f"marts.{table}",
        description=f"Recounted from fct_interaction, every measure of {table} is the same.",
        offenders=f"""
            with stated as (
                unpivot (select {columns}, columns('{pattern}')::bigint from marts.{table})
                on columns('{pattern}') into name measure value total),
            counted as (
                select {columns}, count(*) as total,
                       verb || '_count_' || engagement_class as measure
                from marts.fct_interaction
                where {key[0]} is not null and not is_undone group by all)
            select {key_text(key)} || ' ' || measure as key,
                   coalesce(stated.total::text, 'none') || ' in {table}, '
                   || coalesce(counted.total, 0) || ' in fct_interaction' as detail
            from stated full join counted using ({columns}, measure)
            where coalesce(stated.total, 0) <> coalesce(counted.total, 0)
            order by key""",
    )


def counted_covers_stated(share: float) -> Check:
    """Counted interactions and stated counters are two measures: side by side, never added."""
    pairs = {"like": "like_count", "share": "share_count", "comment": "comment_count + reply_count"}
    short = " union all ".join(
        f"""select post_key as key, {counted} || ' {verb}s counted, '
            || stated_{verb}_count || ' stated' as detail
            from marts.fct_post
            where stated_{verb}_count - ({counted}) > {share!r} * stated_{verb}_count"""
        for verb, counted in pairs.items()
    )
    return Check(
        check_id="fct_post_counted_covers_stated",
        table="marts.fct_post",
        description=f"Of the likes, shares and comments that a platform states of a post, at most "
        f"{share:.1%} were not collected.",
        offenders=f"select key, detail from ({short}) order by key, detail",
    )


def sources_agree() -> Check:
    """What a source says of a post does not contradict itself; a mere copy does not."""
    return Check(
        check_id="ops_source_findings_are_none",
        table="ops.ops_source_findings",
        description="No source states a total of reactions that is not the sum of its kinds, or "
        "two times of publication of one post.",
        offenders="""
            select platform || ':' || post_id as key,
                   finding || ': ' || found_count || ' found, ' || expected_count || ' expected'
                   as detail
            from ops.ops_source_findings where finding <> 'landed_again' order by key, detail""",
    )


def _sums(table: str, key: tuple[str, ...], parts_of: dict[str, list[str]]) -> str:
    """Rows where a measure is not the sum of its parts; a null on one side only is one too."""
    selects = (
        f"""select {key_text(key)} as key, '{total} is ' || coalesce({total}::text, 'null')
            || ', its parts add up to ' || coalesce(({" + ".join(parts)})::text, 'null') as detail
            from marts.{table} where {total} is distinct from {" + ".join(parts)}"""
        for total, parts in parts_of.items()
    )
    return f"select key, detail from ({' union all '.join(selects)}) order by key, detail"
