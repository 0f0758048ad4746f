-- Grain: one row per official account that is registered or was observed.
with registered as (

    select * from {{ ref('dim_registered_account') }}

),

observed as (

    select * from {{ ref('dim_account') }}

),

posts as (

    select
        account_key,
        count(*) as post_count,
        min(publication_date) as first_post_date,
        max(publication_date) as last_post_date
    from {{ ref('dim_post') }}
    group by account_key

),

final as (

    select
        coalesce(registered.account_key, observed.account_key) as account_key,
        coalesce(registered.platform, observed.platform) as platform,
        coalesce(registered.account_id, observed.account_id) as account_id,
        coalesce(observed.account_name, registered.mission) as account_name,
        coalesce(registered.mission, observed.mission) as mission,
        observed.role,
        registered.account_key is not null as is_registered,
        observed.account_key is not null as is_observed,
        observed.opened_date,
        horizon.as_of_date - observed.opened_date < {{ var('new_account_days') }} as is_new,
        posts.post_count,
        posts.first_post_date,
        posts.last_post_date,
        horizon.as_of_date - posts.last_post_date as silent_days,
        horizon.as_of_date - posts.last_post_date > {{ var('silent_days') }} as is_silent
    from registered
    full outer join observed on registered.account_key = observed.account_key
    cross join {{ ref('dim_horizon') }} as horizon
    left join posts on coalesce(registered.account_key, observed.account_key) = posts.account_key

)

select * from final
