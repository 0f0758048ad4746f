-- Grain: one row per account and day on which its followers were stated.
select
    account_key,
    observation_date,
    row_number() over (partition by account_key order by observation_date desc) = 1 as is_latest,
    stated_follower_count,
    -- null: nobody has looked at the followers yet
    cast(null as double) as ghost_share,
    cast(null as double) as ghost_share_low,
    cast(null as double) as ghost_share_high,
    cast(null as double) as real_reach,
    cast(null as double) as real_reach_low,
    cast(null as double) as real_reach_high
from {{ ref('fct_account_daily') }}
where stated_follower_count is not null
