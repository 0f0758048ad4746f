-- Grain: one row per account and day on which its profile was observed; the day's last observation.
with observations as (

    select
        {{ key(['platform', 'account_id']) }} as account_key,
        *
    from {{ ref('stg_accounts') }}
    where role in ('own', 'peer')

),

accounts as (

    select * from {{ ref('int_accounts') }}

),

dated as (

    select
        observations.*,
        {{ local_date('observations.observed_at', 'accounts.time_zone') }} as observation_date
    from observations
    inner join accounts on observations.account_key = accounts.account_key

),

final as (

    select
        account_key,
        platform,
        account_id,
        observation_date,
        observed_at,
        followers as stated_follower_count,
        following as stated_following_count,
        posts as stated_post_count
    from dated
    qualify row_number() over (
        partition by account_key, observation_date
        order by observed_at desc, event_source asc, event_id asc
    ) = 1

)

select * from final
