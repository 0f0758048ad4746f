-- Grain: one row per official account and instant at which it was observed: what its profile had said by then.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='account_key'
) }}
{% set said = ['handle', 'name', 'language', 'opened_at', 'is_verified'] %}
with
{% if is_incremental() %}
landed as (

    select account_key
    from {{ ref('stg_accounts') }}
    where {{ landed_since_last_build() }}

),

{% endif %}
official as (

    select
        account_key,
        platform,
        account_id,
        observed_at,
        role,
        handle,
        name,
        language,
        created_at as opened_at,
        verified as is_verified
    from {{ ref('stg_accounts') }}
    where
        role in ('own', 'peer')
        {% if is_incremental() %}
        and account_key in (select landed.account_key from landed)
        {% endif %}

),

-- of two that contradict each other at one instant, the one that `dim_account` takes
observations as (

    {{ first_of_each('official', ['account_key', 'observed_at'], [
        'role asc', 'handle asc nulls last', 'name asc nulls last', 'language asc nulls last',
        'opened_at asc nulls last', 'is_verified asc nulls last'
    ]) }}

),

final as (

    -- a profile that leaves something out doesn't deny it
    select
        account_key,
        platform,
        account_id,
        observed_at,
        role,
        {%- for attribute in said %}
        last_value({{ attribute }} ignore nulls) over so_far as {{ attribute }},
        {%- endfor %}
        lag(observed_at) over so_far as observed_before_at
    from observations
    window so_far as (
        partition by account_key order by observed_at
        rows between unbounded preceding and current row
    )

)

select * from final
