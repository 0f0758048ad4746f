-- Grain: one row per account whose followers were stated since the last build: from the past of the first day
-- that may have grown otherwise, to the last day.
{{ config(materialized='ephemeral') }}
{% set reach = 2 * series_window_days() %}
with touched as (

    select
        account_key,
        min(observation_date) as first_date,
        max(observation_date) as last_date
    from {{ ref('int_touched_observation_days') }}
    group by account_key

),

-- A past is counted in days that were observed, of each weekday as many: most accounts have these within a
-- reach of days, and are read from there; others from their first.
known as (

    select
        touched.account_key,
        touched.first_date,
        touched.last_date,
        min(growth.activity_date) as first_growth_date,
        max(growth.activity_date) as last_growth_date,
        least(
            {%- for weekday in range(1, 8) %}
            count(*) filter (
                where
                {{ iso_weekday('growth.activity_date') }} = {{ weekday }}
                and growth.activity_date between touched.first_date - {{ reach }} and touched.first_date - 1
            )
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        ) as least_weekday_count
    from touched
    left join {{ ref('int_follower_growth') }} as growth on touched.account_key = growth.account_key
    group by touched.account_key, touched.first_date, touched.last_date

)

select
    account_key,
    case
        when least_weekday_count >= {{ series_window_days() // 7 }} then first_date - {{ reach }}
        else least(first_growth_date, first_date)
    end as first_date,
    greatest(last_growth_date, last_date) as last_date
from known
