-- Grain: one row per event, account that it is measured for, measure and day of its window.
{% set measures = ['post', 'action', 'like', 'share', 'comment', 'reply', 'quote'] %}
with accounts as (

    select
        accounts.account_key,
        accounts.role,
        accounts.peer_group,
        min(daily.activity_date) as first_date,
        max(daily.activity_date) as last_date
    from {{ ref('dim_account') }} as accounts
    inner join {{ ref('fct_engagement_daily') }} as daily on accounts.account_key = daily.account_key
    -- a follow alone does not show that posts were collected
    where daily.post_count > 0 or daily.action_count > 0
    group by all

),

scoped as (

    -- whom an event concerns, and whom it does not
    select
        events.event_id,
        events.event_date,
        events.window_days,
        accounts.*,
        coalesce(events.account_key = accounts.account_key, accounts.role = 'own') as is_concerned
    from {{ ref('dim_event') }} as events
    cross join accounts

),

days as (

    -- a day between an account's first and last one on which nothing happened is a day of nothing
    select
        *,
        {{ each_date(
            'greatest(event_date - window_days, first_date)',
            'least(event_date + window_days - 1, last_date)'
        ) }} as day
    from scoped

),

measures as (

    {% for measure in measures %}
    select '{{ measure }}' as measure
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

filled as (

    select
        days.event_id,
        days.account_key,
        days.peer_group,
        days.is_concerned,
        days.day,
        days.day >= days.event_date as is_after,
        measures.measure,
        coalesce(
            case measures.measure
                {%- for measure in measures %}
                when '{{ measure }}' then daily.{{ measure }}_count
                {%- endfor %}
            end, 0
        ) as value
    from days
    cross join measures
    left join {{ ref('fct_engagement_daily') }} as daily
        on days.account_key = daily.account_key and days.day = daily.activity_date

),

peers as (

    select
        event_id,
        peer_group,
        measure,
        day,
        count(*) as peer_count,
        round(avg(ln(1 + value)), 12) as peer_log_mean
    from filled
    where not is_concerned
    group by event_id, peer_group, measure, day

),

final as (

    select
        filled.event_id,
        filled.account_key,
        filled.measure,
        filled.day as activity_date,
        filled.is_after,
        filled.value as value_count,
        ln(1 + filled.value) as log_value,
        peers.peer_count,
        peers.peer_log_mean
    from filled
    left join peers
        on
            filled.event_id = peers.event_id
            and filled.peer_group = peers.peer_group
            and filled.measure = peers.measure
            and filled.day = peers.day
    where filled.is_concerned

)

select * from final
