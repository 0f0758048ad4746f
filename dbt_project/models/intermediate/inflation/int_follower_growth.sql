-- Grain: one row per official account and day on which its followers were stated, and before.
with stated as (

    select
        account_key,
        observation_date as activity_date,
        stated_follower_count as followers
    from {{ ref('int_account_daily') }}
    where stated_follower_count is not null

),

final as (

    select
        account_key,
        activity_date,
        followers,
        followers - lag(followers) over days as growth,
        activity_date - lag(activity_date) over days as day_count
    from stated
    window days as (partition by account_key order by activity_date)

)

select *
from final
where growth is not null
