-- Grain: one row per account and day on which its profile was observed; the day's last observation.
-- depends_on: {{ ref('int_touched_reach_days') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='account_key',
    meta={'touched_by': 'int_touched_reach_days', 'touched_from': 'observation_date'},
    on_schema_change='fail'
) }}
with
{% if is_incremental() %}
touched as (

    {{ touched_keys('int_touched_reach_days', ['account_key'], since='observation_date') }}

),

-- the day whose shares the first of them would begin with
begins as (

    select
        touched.account_key,
        coalesce(max(shares.activity_date), touched.observation_date) as activity_date
    from touched
    left join {{ ref('int_follower_shares') }} as shares
        on
            touched.account_key = shares.account_key
            and touched.observation_date > shares.activity_date
    group by touched.account_key, touched.observation_date

),
{% endif %}

observations as (

    select observed.*
    from {{ ref('int_account_daily') }} as observed
    {% if is_incremental() %}
    inner join touched
        on
            observed.account_key = touched.account_key
            and observed.observation_date >= touched.observation_date
    {% endif %}

),

follower_shares as (

    select shares.*
    from {{ ref('int_follower_shares') }} as shares
    {% if is_incremental() %}
    inner join begins
        on
            shares.account_key = begins.account_key
            and shares.activity_date >= begins.activity_date
    {% endif %}

),

timeline as (

    select
        account_key,
        activity_date as day,
        false as is_observation,
        activity_date as shares_date
    from follower_shares
    union all
    select
        account_key,
        observation_date as day,
        true as is_observation,
        cast(null as date) as shares_date
    from observations

),

latest as (

    select
        account_key,
        day,
        is_observation,
        last_value(shares_date ignore nulls) over (
            partition by account_key order by day, is_observation
            rows between unbounded preceding and current row
        ) as shares_date
    from timeline

)

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
from observations as observed
left join latest
    on observed.account_key = latest.account_key and observed.observation_date = latest.day and latest.is_observation
left join follower_shares as shares
    on latest.account_key = shares.account_key and latest.shares_date = shares.activity_date
