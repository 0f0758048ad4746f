-- Grain: one row per post and day: by how much its stated likes, shares and comments grew since the day
-- before, or on the post's first day from nothing. A post that was not read on both days says nothing
-- and is left out.
-- depends_on: {{ ref('int_touched_posts') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_key',
    meta={'touched_by': 'int_touched_posts'}
) }}
with counters as (

    select * from {{ ref('stg_counters') }}
    {% if is_incremental() %} where {{ has_key_of(ref('int_touched_posts'), 'post_key', 'post_id') }}{% endif %}

),

observations as (

    select
        counters.post_key,
        posts.account_key,
        posts.publication_date,
        {{ date_in_span('counters.observed_at', 'calendars') }} as activity_date,
        max(counters.likes) as likes,
        max(counters.shares) as shares,
        max(counters.comments) as comments
    from counters
    inner join {{ ref('int_post_dates') }} as posts on counters.post_key = posts.post_key
    inner join {{ ref('int_calendars') }} as calendars
        on posts.calendar = calendars.calendar and {{ is_in_span('counters.observed_at', 'calendars') }}
    group by all

),

growth as (

    select
        post_key,
        account_key,
        activity_date,
        coalesce(
            activity_date - lag(activity_date) over days, case when activity_date = publication_date then 1 end
        ) as day_count,
        greatest(likes - lag(likes, 1, 0) over days, 0) as likes,
        greatest(shares - lag(shares, 1, 0) over days, 0) as shares,
        greatest(comments - lag(comments, 1, 0) over days, 0) as comments
    from observations
    window days as (partition by post_key order by activity_date)

)

select
    post_key,
    account_key,
    activity_date,
    cast(coalesce(likes, 0) + coalesce(shares, 0) + coalesce(comments, 0) as bigint) as stated_growth
from growth
where day_count = 1
