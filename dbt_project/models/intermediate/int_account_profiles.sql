-- Grain: one row per official account that was observed, ours or a peer's: its latest profile.
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='account_key') }}
with landed as (

    select
        account_key,
        platform,
        account_id,
        role,
        handle,
        name,
        language,
        created_at as opened_at,
        verified as is_verified,
        observed_at as first_observed_at,
        observed_at as last_observed_at
    from {{ ref('stg_accounts') }}
    where
        role in ('own', 'peer')
        {% if is_incremental() %} and {{ landed_since_last_build() }}{% endif %}

),

known as (

    select * from landed
    {% if is_incremental() %}
    union all
    select * from {{ this }}
    where account_key in (select landed.account_key from landed)
    {% endif %}

),

first_seen as (

    select
        account_key,
        platform,
        account_id,
        role,
        handle,
        name,
        language,
        opened_at,
        is_verified,
        min(first_observed_at) over (partition by account_key) as first_observed_at,
        last_observed_at
    from known

),

final as (

    {{ first_of_each('first_seen', ['account_key'], [
        'last_observed_at desc', 'role asc', 'handle asc nulls last', 'name asc nulls last',
        'language asc nulls last', 'opened_at asc nulls last', 'is_verified asc nulls last'
    ]) }}

)

select * from final
