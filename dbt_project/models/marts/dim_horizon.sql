-- Grain: one row per warehouse: how far its data reaches.
with last_seen as (

    select max(activity_date) as seen_date from {{ ref('fct_engagement_daily') }}
    union all
    select max(observation_date) as seen_date from {{ ref('fct_account_daily') }}

),

drains as (

    select max(logical_at) as landed_at from {{ ref('stg_drains') }}

),

final as (

    select
        drains.landed_at,
        -- an event of the future does not make an account silent today
        least(max(last_seen.seen_date), cast(drains.landed_at as date) + 1) as as_of_date
    from last_seen
    cross join drains
    group by drains.landed_at

)

select * from final
