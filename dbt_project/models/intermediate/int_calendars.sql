-- Grain: one row per calendar (a zone, or a history of zones) and span of instants in one zone.
-- A day that a new zone begins with is whole; the last one before is longer or shorter.
with spans as (

    select distinct
        calendar,
        valid_from_date,
        time_zone
    from {{ ref('int_account_calendars') }}
    union
    select
        default_time_zone as calendar,
        {{ always() }} as valid_from_date,
        default_time_zone as time_zone
    from {{ ref('platforms') }}
    union
    select
        'UTC' as calendar,
        {{ always() }} as valid_from_date,
        'UTC' as time_zone

),

started as (

    select
        *,
        case
            when valid_from_date > {{ always() }} then {{ start_of_day('valid_from_date', 'time_zone') }}
        end as starts_at
    from spans

),

final as (

    select
        calendar,
        time_zone,
        valid_from_date,
        starts_at,
        min(starts_at) over later as ends_at,
        cast(min(valid_from_date) over later - 1 as date) as last_date
    from started
    window later as (
        partition by calendar order by valid_from_date
        rows between 1 following and unbounded following
    )

)

select * from final
