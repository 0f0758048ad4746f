-- Grain: one row per official account that was observed, ours or a peer's.
with observed as (

    select
        *,
        row_number() over (
            partition by platform, account_id
            order by observed_at desc, event_source asc, event_id asc
        ) as recency
    from {{ ref('stg_accounts') }}
    where role in ('own', 'peer')

),

spans as (

    select
        platform,
        account_id,
        min(observed_at) as first_observed_at,
        max(observed_at) as last_observed_at
    from observed
    group by platform, account_id

),

register as (

    select * from {{ ref('account_register') }}

),

platforms as (

    select * from {{ ref('platforms') }}

),

final as (

    select
        {{ key(['observed.platform', 'observed.account_id']) }} as account_key,
        observed.platform,
        observed.account_id,
        observed.role,
        observed.handle,
        coalesce(observed.name, register.mission) as account_name,
        register.mission,
        register.country_code,
        register.city,
        register.peer_group,
        coalesce(register.time_zone, platforms.default_time_zone, 'UTC') as time_zone,
        observed.language,
        observed.created_at as opened_at,
        observed.verified as is_verified,
        spans.first_observed_at,
        spans.last_observed_at
    from observed
    inner join spans
        on
            observed.platform = spans.platform
            and observed.account_id = spans.account_id
    left join register
        on
            observed.platform = register.platform
            and observed.account_id = register.account_id
    left join platforms on observed.platform = platforms.platform
    where observed.recency = 1

)

select * from final
