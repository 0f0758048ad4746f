-- Grain: one row per event of the seed `events`.
with events as (

    select * from {{ ref('events') }}

),

accounts as (

    select opened_date
    from {{ ref('dim_account') }}
    where opened_date is not null

),

opened as (

    select
        events.event_id,
        count(*) filter (
            where
            accounts.opened_date < events.event_date
            and accounts.opened_date >= events.event_date - {{ var('new_account_days') }}
        ) as opened_before_count,
        count(*) filter (
            where
            accounts.opened_date >= events.event_date
            and accounts.opened_date < events.event_date + {{ var('new_account_days') }}
        ) as opened_after_count
    from events
    cross join accounts
    group by events.event_id

),

final as (

    select
        events.event_id,
        events.event_date,
        events.title,
        events.account_key,
        events.window_days,
        opened.opened_before_count,
        opened.opened_after_count
    from events
    left join opened on events.event_id = opened.event_id

)

select * from final
