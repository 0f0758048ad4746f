-- Grain: one row per official account and day on which somebody began to follow it: its followers so far.
{% set known = ghost_constants() %}
with so_far as (

    select
        account_key,
        activity_date,
        sum(assessed_count) over days as assessed_count,
        sum(weight) over days as weight,
        sum(doubt) over days as doubt
    from {{ ref('int_follower_days') }}
    window days as (partition by account_key order by activity_date)

),

averaged as (

    select
        account_key,
        activity_date,
        cast(assessed_count as bigint) as assessed_count,
        weight / nullif(assessed_count, 0) as mean_weight,
        doubt / nullif(assessed_count, 0) as mean_doubt
    from so_far

)

select
    account_key,
    activity_date,
    assessed_count,
    {{ ghost_share() if known else '0 as ghost_share, 0 as ghost_share_low, 0 as ghost_share_high' }}
from averaged
