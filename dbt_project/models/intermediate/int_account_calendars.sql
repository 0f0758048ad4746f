-- Grain: one row per registered account and day from which its days are those of another zone.
-- An account that is struck off keeps its zone; the first zone holds for all days before it, too.
with zoned as (

    select
        spans.account_key,
        spans.valid_from_date,
        coalesce(spans.time_zone, platforms.default_time_zone, 'UTC') as time_zone
    from {{ ref('int_register_spans') }} as spans
    left join {{ ref('platforms') }} as platforms on spans.platform = platforms.platform
    where spans.is_listed

),

changes as (

    select
        *,
        lag(time_zone) over so_far as time_zone_before
    from zoned
    window so_far as (partition by account_key order by valid_from_date)

),

spans as (

    select
        account_key,
        time_zone,
        case when time_zone_before is null then {{ always() }} else valid_from_date end as valid_from_date,
        time_zone_before is null as is_first
    from changes
    where time_zone is distinct from time_zone_before

),

-- the name of a calendar tells its zones: accounts of one history share it, and another has another
named as (

    select
        account_key,
        {{ joined_text(
            "case when is_first then time_zone else cast(valid_from_date as varchar) || ' ' || time_zone end",
            'valid_from_date'
        ) }} as calendar
    from spans
    group by account_key

),

final as (

    select
        spans.account_key,
        named.calendar,
        spans.valid_from_date,
        spans.time_zone,
        lead(spans.valid_from_date) over later is null as is_current
    from spans
    inner join named on spans.account_key = named.account_key
    window later as (partition by spans.account_key order by spans.valid_from_date)

)

select * from final
