-- Grain: one row per account, day and series whose baseline this build makes anew: those that differ from
-- what stands, and the days after them that have one in their past.
{% set standing_baselines = standing('intermediate', 'int_series_baselines') %}
{% set counts = ['observed_count', 'assessed_count', 'ghost_count', 'coordinated_count', 'whole_count'] %}
{% if not is_delta() or standing_baselines is none %}
select
    account_key,
    activity_date,
    series,
    min(activity_date) over (partition by account_key, series) as first_date,
    true as is_there
from {{ ref('int_daily_series') }}
{% else %}
with compared as (

    select
        coalesce(series.account_key, standing.account_key) as account_key,
        coalesce(series.activity_date, standing.activity_date) as activity_date,
        coalesce(series.series, standing.series) as series,
        series.account_key is not null as is_there,
        standing.account_key is null or {{ differ(counts, 'series', 'standing') }} as is_changed
    from {{ ref('int_daily_series') }} as series
    full join {{ standing_baselines }} as standing
        on
            series.account_key = standing.account_key
            and series.activity_date = standing.activity_date
            and series.series = standing.series

),

bounds as (

    -- a past is counted in days that were observed: those of stated followers may be far apart
    select
        account_key,
        series,
        case
            when series = 'stated_follower' then min(activity_date)
            else min(activity_date) filter (where is_changed)
        end as first_date,
        case
            when series = 'stated_follower' then max(activity_date)
            else max(activity_date) filter (where is_changed) + {{ series_memory_days() }}
        end as last_date
    from compared
    group by account_key, series
    having bool_or(is_changed)

)

select
    compared.account_key,
    compared.activity_date,
    compared.series,
    bounds.first_date,
    compared.is_there
from compared
inner join bounds
    on
        compared.account_key = bounds.account_key
        and compared.series = bounds.series
        and compared.activity_date between bounds.first_date and bounds.last_date
{% endif %}
