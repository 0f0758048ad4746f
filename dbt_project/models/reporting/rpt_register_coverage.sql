-- Grain: one row per platform, and one for all of them (`all`).
with accounts as (

    select
        *,
        {{ each_of(list_of(['platform', "'all'"])) }} as scope
    from {{ ref('rpt_register') }}

),

final as (

    select
        scope as platform,
        count(*) as account_count,
        count(*) filter (where is_registered) as registered_count,
        count(*) filter (where is_observed) as observed_count,
        count(*) filter (where is_registered and is_observed) as registered_and_observed_count,
        {{ ratio('count(*) filter (where is_registered and is_observed)', 'count(*) filter (where is_registered)') }}
            as registered_observed_share,
        {{ ratio('count(*) filter (where is_registered and is_observed)', 'count(*) filter (where is_observed)') }}
            as observed_registered_share,
        {{ known_count('is_new') }} as new_account_count,
        {{ known_count('is_silent') }} as silent_account_count
    from accounts
    group by scope

)

select * from final
