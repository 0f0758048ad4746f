-- Grain: one row per account, length of period (day, week, month, all) and first day of the period.
{% set totals = [
    'post_count', 'outlier_post_count', 'action_count', 'outlier_action_count',
    'published_action_count', 'outlier_published_action_count'
] %}
with posts as (

    select
        *,
        coalesce(is_outlier, false) as stands_out
    from {{ ref('fct_post_outlier') }}

),

-- few: the days of all posts are joined with no more than these
outliers as (

    select post_key from posts
    where stands_out

),

-- by the day it happened
happened as (

    select
        account_key,
        activity_date as day,
        action_count,
        0 as outlier_action_count,
        0 as published_action_count,
        0 as outlier_published_action_count,
        0 as post_count,
        0 as outlier_post_count
    from {{ ref('fct_engagement_daily') }}
    where action_count > 0
    union all
    select
        account_key,
        activity_date as day,
        0 as action_count,
        action_count as outlier_action_count,
        0 as published_action_count,
        0 as outlier_published_action_count,
        0 as post_count,
        0 as outlier_post_count
    from {{ ref('fct_post_engagement_daily') }}
    where post_key in {{ sought_values('outliers', 'post_key') }}

),

published as (

    -- by the day its post was published
    select
        account_key,
        publication_date as day,
        0 as action_count,
        0 as outlier_action_count,
        sum(action_count) as published_action_count,
        sum(case when stands_out then action_count else 0 end) as outlier_published_action_count,
        count(*) as post_count,
        count(*) filter (where stands_out) as outlier_post_count
    from posts
    group by account_key, publication_date

),

both_sides as (

    select * from happened
    union all
    select * from published

),

daily as (

    select
        account_key,
        {%- for total in totals %}
        cast(sum({{ total }}) as bigint) as {{ total }},
        {%- endfor %}
        day
    from both_sides
    group by account_key, day

),

dated as (

    select
        *,
        cast(date_trunc('week', day) as date) as week_start,
        cast(date_trunc('month', day) as date) as month_start
    from daily

),

periods as (

    select
        account_key,
        'day' as period_length,
        day as period_start_date,
        {%- for total in totals %}
        {{ total }},
        {%- endfor %}
        day as last_date
    from daily
    union all
    select
        account_key,
        case
            when grouping(week_start) = 0 then 'week'
            when grouping(month_start) = 0 then 'month'
            else 'all'
        end as period_length,
        coalesce(week_start, month_start, min(day)) as period_start_date,
        {%- for total in totals %}
        cast(sum({{ total }}) as bigint) as {{ total }},
        {%- endfor %}
        max(day) as last_date
    from dated
    group by grouping sets ((account_key, week_start), (account_key, month_start), (account_key))

),

final as (

    select
        account_key,
        period_length,
        period_start_date,
        last_date,
        post_count,
        outlier_post_count,
        action_count,
        action_count - outlier_action_count as action_count_without_outliers,
        published_action_count,
        published_action_count - outlier_published_action_count as published_action_count_without_outliers,
        {{ ratio('published_action_count', 'post_count') }} as published_action_count_per_post,
        {{ ratio(
            '(published_action_count - outlier_published_action_count)', 'post_count - outlier_post_count'
        ) }} as published_action_count_per_post_without_outliers,
        {{ ratio('outlier_published_action_count', 'published_action_count') }} as outlier_action_share
    from periods

)

select * from final
