-- Grain: one row per account, day and series whose baseline this build makes anew: those that differ from
-- what stands, and the days after them that have one in their past. Of a first build none: it makes all.
-- depends_on: {{ ref('int_compared_series') }}
{% if not series_stand() %}
select
    cast(null as varchar) as account_key,
    cast(null as date) as activity_date,
    cast(null as varchar) as series,
    cast(null as date) as first_date,
    cast(null as date) as last_date
where false
{% else %}
with changed as (

    select
        account_key,
        series,
        activity_date,
        lag(activity_date) over (partition by account_key, series order by activity_date) as before_date
    from {{ ref('int_compared_series') }}
    where is_changed

),

-- two of which the later reads nothing that the earlier one changes are two ranges
ranged as (

    select
        account_key,
        series,
        activity_date,
        count(*) filter (
            where
            before_date is null
            or activity_date > before_date + {{ series_memory_days() + series_window_days() }}
        )
            over (
                partition by account_key, series order by activity_date
                rows between unbounded preceding and current row
            ) as range_number
    from changed
    where series <> 'stated_follower'

),

ranges as (

    select
        account_key,
        series,
        min(activity_date) as first_date,
        max(activity_date) + {{ series_memory_days() }} as last_date
    from ranged
    group by account_key, series, range_number

),

-- a past is counted in days that were observed, which may be far apart: all later ones remember
stated as (

    select
        account_key,
        series,
        min(activity_date) filter (where is_changed) as first_date,
        max(activity_date) as last_date
    from {{ ref('int_compared_series') }}
    where series = 'stated_follower'
    group by account_key, series
    having bool_or(is_changed)

),

bounds as (

    select * from ranges
    union all
    select * from stated

)

select
    compared.account_key,
    compared.activity_date,
    compared.series,
    bounds.first_date,
    bounds.last_date
from {{ ref('int_compared_series') }} as compared
inner join bounds
    on
        compared.account_key = bounds.account_key
        and compared.series = bounds.series
        and compared.activity_date between bounds.first_date and bounds.last_date
{% endif %}
