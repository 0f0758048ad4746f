-- Grain: one row per official account that was observed, ours or a peer's.
with profiles as (

    select * from {{ ref('int_account_profiles') }}

),

register as (

    select * from {{ ref('int_register_spans') }}
    where is_current and is_listed

),

calendars as (

    select * from {{ ref('int_account_calendars') }}
    where is_current

),

platforms as (

    select * from {{ ref('platforms') }}

),

known as (

    select
        profiles.account_key,
        profiles.platform,
        profiles.account_id,
        profiles.role,
        profiles.handle,
        coalesce(profiles.name, register.mission) as account_name,
        register.mission,
        register.country_code,
        register.city,
        register.peer_group,
        coalesce(calendars.time_zone, platforms.default_time_zone, 'UTC') as time_zone,
        coalesce(calendars.calendar, platforms.default_time_zone, 'UTC') as calendar,
        profiles.language,
        profiles.opened_at,
        profiles.is_verified,
        profiles.first_observed_at,
        profiles.last_observed_at
    from profiles
    left join register on profiles.account_key = register.account_key
    left join calendars on profiles.account_key = calendars.account_key
    left join platforms on profiles.platform = platforms.platform

),

final as (

    select
        known.*,
        {{ date_in_span('known.opened_at', 'spans') }} as opened_date
    from known
    -- an account that doesn't say when it was opened is in no span
    left join {{ ref('int_calendars') }} as spans
        on known.calendar = spans.calendar and {{ is_in_span('known.opened_at', 'spans') }}

)

select * from final
