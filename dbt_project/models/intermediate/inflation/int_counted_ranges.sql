-- Grain: one row per account of which a day is counted otherwise than when the last build ended: from the first
-- of its days that may differ in a series to the last.
{{ config(materialized='ephemeral') }}
with touched as (

    select
        account_key,
        min(activity_date) as first_date,
        max(activity_date) as last_date
    from (
        select
            account_key,
            activity_date
        from {{ ref('int_touched_account_days') }}
        union all
        select
            account_key,
            activity_date
        from {{ ref('int_touched_peak_days') }}
    )
    group by account_key

),

-- the active days around them: quiet days are filled in between, and none of these is counted otherwise
around as (

    select
        touched.account_key,
        touched.first_date,
        touched.last_date,
        min(daily.activity_date) as first_active_date,
        max(daily.activity_date) as last_active_date,
        max(daily.activity_date) filter (where daily.activity_date < touched.first_date) as before_date,
        min(daily.activity_date) filter (where daily.activity_date > touched.last_date) as after_date
    from touched
    left join {{ ref('int_engagement_daily') }} as daily on touched.account_key = daily.account_key
    group by touched.account_key, touched.first_date, touched.last_date

),

kept as (

    select
        account_key,
        coalesce(before_date, after_date) as activity_date
    from around
    where coalesce(before_date, after_date) is not null

),

-- a day has a row in each series: one day says which there were
standing_series as (

    select
        standing.account_key,
        standing.series
    from {{ standing('intermediate', 'int_series_baselines') }} as standing
    inner join kept
        on
            standing.account_key = kept.account_key
            and standing.activity_date = kept.activity_date
    where standing.series <> 'stated_follower'

),

present_series as (

    select present.*
    from {{ ref('int_present_series') }} as present
    inner join kept on present.account_key = kept.account_key

),

-- a series that begins, or is gone, does so on all days
begun_or_gone as (

    select coalesce(present_series.account_key, standing_series.account_key) as account_key
    from present_series
    full join standing_series
        on
            present_series.account_key = standing_series.account_key
            and present_series.series = standing_series.series
    where present_series.series is null or standing_series.series is null

),

marked as (

    select
        *,
        account_key in (select begun_or_gone.account_key from begun_or_gone) as has_all_days
    from around

)

select
    account_key,
    first_active_date,
    case
        when has_all_days then least(first_active_date, first_date)
        when before_date is null then first_date
        else greatest(before_date + 1, first_date - {{ series_memory_days() }})
    end as first_date,
    case
        when has_all_days then greatest(last_active_date, last_date)
        else coalesce(after_date, last_date)
    end as last_date
from marked
