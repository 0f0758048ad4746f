-- Grain: one row per account and day on which its profile was observed; the day's last observation.
select
    observed.account_key,
    observed.platform,
    observed.account_id,
    observed.observation_date,
    observed.observed_at,
    observed.stated_follower_count,
    observed.stated_following_count,
    observed.stated_post_count,
    shares.ghost_share,
    shares.ghost_share_low,
    shares.ghost_share_high,
    -- followers seen to follow are the newest: of an account that few were seen of, they say little
    {%- for reach, share in {
        'real_reach': 'ghost_share', 'real_reach_low': 'ghost_share_high',
        'real_reach_high': 'ghost_share_low'
    }.items() %}
    {{ real_reach('observed.stated_follower_count', 'shares.assessed_count', 'shares.' ~ share) }}
        as {{ reach }},
    {%- endfor %}
    shares.assessed_count as assessed_follower_count,
    case
        when shares.assessed_count <= observed.stated_follower_count
            then observed.stated_follower_count - shares.assessed_count
    end as unassessed_follower_count
from {{ ref('int_account_daily') }} as observed
asof left join {{ ref('int_follower_shares') }} as shares
    on
        observed.account_key = shares.account_key
        and observed.observation_date >= shares.activity_date
