-- Grain: one row per account, day and series whose baseline this build makes anew: those that differ from
-- what stands, and the days after them that have one in their past. Of a first build none: it makes all.
-- A range begins at its `first_date`, and is read from a window before; null: from the series' beginning.
-- depends_on: {{ ref('int_daily_series') }}
{% set standing_baselines = standing('intermediate', 'int_series_baselines') %}
{% set counts = ['observed_count', 'assessed_count', 'ghost_count', 'coordinated_count', 'whole_count'] %}
{% if standing_baselines is none %}
select
    cast(null as varchar) as account_key,
    cast(null as date) as activity_date,
    cast(null as varchar) as series,
    cast(null as date) as first_date,
    cast(null as date) as last_date
where false
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

changed as (

    select
        account_key,
        series,
        activity_date,
        lag(activity_date) over (partition by account_key, series order by activity_date) as before_date
    from compared
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

-- a past is counted in days that were observed: those of stated followers may be far apart
stated as (

    select
        account_key,
        series,
        min(activity_date) filter (where is_changed) as first_date,
        max(activity_date) as last_date
    from compared
    where series = 'stated_follower'
    group by account_key, series
    having bool_or(is_changed)

),

gapless as (

    select
        stated.account_key,
        count(*) = {{ series_window_days() }} as is_gapless
    from stated
    inner join compared
        on
            stated.account_key = compared.account_key
            and stated.series = compared.series
            and compared.activity_date between stated.first_date - {{ series_window_days() }} and stated.first_date - 1
    where compared.is_there
    group by stated.account_key

),

bounds as (

    select
        *,
        first_date as read_date
    from ranges
    union all
    select
        stated.*,
        case when gapless.is_gapless then stated.first_date end as read_date
    from stated
    left join gapless on stated.account_key = gapless.account_key

)

select
    compared.account_key,
    compared.activity_date,
    compared.series,
    bounds.read_date as first_date,
    bounds.last_date
from compared
inner join bounds
    on
        compared.account_key = bounds.account_key
        and compared.series = bounds.series
        and compared.activity_date between bounds.first_date and bounds.last_date
{% endif %}
