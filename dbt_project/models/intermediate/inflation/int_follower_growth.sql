-- Grain: one row per official account and day on which its followers were stated, and before.
with observations as (

    select
        {{ key(['platform', 'account_id']) }} as account_key,
        observed_at,
        followers
    from {{ ref('stg_accounts') }}
    where role in ('own', 'peer') and followers is not null

),

dated as (

    select
        observations.account_key,
        {{ date_in_span('observations.observed_at', 'calendars') }} as activity_date,
        -- the day's last; of two at one instant the larger, whichever landed first
        max_by(observations.followers, (observations.observed_at, observations.followers)) as followers
    from observations
    inner join {{ ref('int_accounts') }} as accounts on observations.account_key = accounts.account_key
    inner join {{ ref('int_calendars') }} as calendars
        on accounts.calendar = calendars.calendar and {{ is_in_span('observations.observed_at', 'calendars') }}
    group by observations.account_key, activity_date

),

final as (

    select
        account_key,
        activity_date,
        followers,
        followers - lag(followers) over days as growth,
        activity_date - lag(activity_date) over days as day_count
    from dated
    window days as (partition by account_key order by activity_date)

)

select *
from final
where growth is not null
