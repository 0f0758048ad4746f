-- Grain: one row per official account that was observed, ours or a peer's.
with profiles as (

    select * from {{ ref('int_account_profiles') }}

),

register as (

    select * from {{ ref('stg_registered_accounts') }}

),

platforms as (

    select * from {{ ref('platforms') }}

),

final as (

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
        coalesce(register.time_zone, platforms.default_time_zone, 'UTC') as time_zone,
        profiles.language,
        profiles.opened_at,
        profiles.is_verified,
        profiles.first_observed_at,
        profiles.last_observed_at
    from profiles
    left join register
        on
            profiles.platform = register.platform
            and profiles.account_id = register.account_id
    left join platforms on profiles.platform = platforms.platform

)

select * from final
