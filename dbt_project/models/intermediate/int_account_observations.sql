-- Grain: one row per official account and instant at which it was observed: what its profile had said by then.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['account_key', 'observed_at'],
    on_schema_change='fail'
) }}
{% set said = ['handle', 'name', 'language', 'opened_at', 'is_verified'] %}
with
{% if is_incremental() %}
-- what is said from then on may be another
landed as (

    select
        account_key,
        min(observed_at) as first_observed_at
    from {{ ref('stg_accounts') }}
    where {{ landed_since_last_build() }} and role in ('own', 'peer')
    group by account_key

),

{% endif %}
official as (

    select
        official.account_key,
        official.platform,
        official.account_id,
        official.observed_at,
        official.role,
        official.handle,
        official.name,
        official.language,
        official.created_at as opened_at,
        official.verified as is_verified
    from {{ ref('stg_accounts') }} as official
    {% if is_incremental() %}
    inner join landed
        on
            official.account_key = landed.account_key
            and official.observed_at >= landed.first_observed_at
    {% endif %}
    where official.role in ('own', 'peer')

),

-- of two that contradict each other at one instant, the one that `dim_account` takes
observations as (

    {{ first_of_each('official', ['account_key', 'observed_at'], [
        'role asc', 'handle asc nulls last', 'name asc nulls last', 'language asc nulls last',
        'opened_at asc nulls last', 'is_verified asc nulls last'
    ]) }}

),

{% if is_incremental() %}
standing as (

    select standing.*
    from {{ this }} as standing
    inner join landed
        on
            standing.account_key = landed.account_key
            and standing.observed_at < landed.first_observed_at

),

-- what had been said by then is said by the last of those that stay
said_before as (

    {{ first_of_each('standing', ['account_key'], ['observed_at desc']) }}

),

{% endif %}
following as (

    select
        *,
        true as is_made_anew
    from observations
    {% if is_incremental() %}
    union all by name
    select
        {{ all_but(['observed_before_at']) }},
        false as is_made_anew
    from said_before
    {% endif %}

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
        lag(observed_at) over so_far as observed_before_at,
        is_made_anew
    from following
    window so_far as (
        partition by account_key order by observed_at
        rows between unbounded preceding and current row
    )

)

select {{ all_but(['is_made_anew']) }}
from final
where is_made_anew
