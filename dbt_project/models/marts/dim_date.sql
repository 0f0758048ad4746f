-- Grain: one row per calendar day, from the first that a fact has as far as the data reaches; what is dated
-- ahead of that has its days, and not those between.
with days as (

    select activity_date as date_day from {{ ref('fct_engagement_daily') }}
    union all
    select observation_date as date_day from {{ ref('fct_account_daily') }}

),

bounds as (

    select
        min(days.date_day) as first_day,
        max(horizon.as_of_date) as last_day
    from days
    cross join {{ ref('dim_horizon') }} as horizon

),

calendar as (

    select {{ each_date('first_day', 'last_day') }} as date_day
    from bounds
    union
    select date_day from days

),

final as (

    select
        date_day,
        cast(year(date_day) as integer) as calendar_year,
        cast(month(date_day) as integer) as calendar_month,
        cast({{ iso_weekday('date_day') }} as integer) as iso_weekday,
        dayname(date_day) as weekday_name,
        {{ iso_weekday('date_day') }} > 5 as is_weekend,
        cast(date_trunc('month', date_day) as date) as month_start_date
    from calendar

)

select * from final
