-- Grain: one row per account and day: by how much its posts' stated likes, shares and comments grew
-- since the day before, or on the post's first day from nothing. A post that was not read on both
-- days says nothing and is left out.
with observations as (

    select
        {{ key(['counters.platform', 'counters.post_id']) }} as post_key,
        posts.account_key,
        posts.publication_date,
        {{ date_in_span('counters.observed_at', 'calendars') }} as activity_date,
        max(counters.likes) as likes,
        max(counters.shares) as shares,
        max(counters.comments) as comments
    from {{ ref('stg_counters') }} as counters
    inner join {{ ref('int_post_dates') }} as posts
        on {{ key(['counters.platform', 'counters.post_id']) }} = posts.post_key
    -- posts of official accounts alone
    inner join {{ ref('int_accounts') }} as accounts on posts.account_key = accounts.account_key
    inner join {{ ref('int_calendars') }} as calendars
        on posts.calendar = calendars.calendar and {{ is_in_span('counters.observed_at', 'calendars') }}
    group by all

),

growth as (

    select
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
    account_key,
    activity_date,
    cast(sum(coalesce(likes, 0) + coalesce(shares, 0) + coalesce(comments, 0)) as bigint) as stated_growth
from growth
where day_count = 1
group by account_key, activity_date
