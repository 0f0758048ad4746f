-- Grain: one row per calendar day, from the first to the last that a fact has.
with days as (

    select activity_date as date_day from {{ ref('fct_engagement_daily') }}
    union all
    select observation_date as date_day from {{ ref('fct_account_daily') }}

),

bounds as (

    select
        min(date_day) as first_day,
        max(date_day) as last_day
    from days

),

calendar as (

    select {{ each_date('first_day', 'last_day') }} as date_day
    from bounds

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
