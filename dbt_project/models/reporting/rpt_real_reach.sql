-- Grain: one row per account and day on which its followers were stated.
select
    account_key,
    observation_date,
    row_number() over (partition by account_key order by observation_date desc) = 1 as is_latest,
    stated_follower_count,
    ghost_share,
    ghost_share_low,
    ghost_share_high,
    real_reach,
    real_reach_low,
    real_reach_high
from {{ ref('fct_account_daily') }}
where stated_follower_count is not null
