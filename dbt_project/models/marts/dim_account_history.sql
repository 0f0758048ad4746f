-- Grain: one row per official account and span of time in which its profile said the same.
-- depends_on: {{ ref('stg_accounts') }}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='account_key',
    on_schema_change='fail'
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
known as (

    select * from {{ ref('int_account_observations') }}
    {% if is_incremental() %}
    where account_key in (select landed.account_key from landed)
    {% endif %}

),

compared as (

    select
        *,
        {{ changed_attributes(['role'] + said, 'so_far') }} as changed_attributes
    from known
    window so_far as (partition by account_key order by observed_at)

),

spans as (

    select
        *,
        lead(observed_at) over later as valid_to_at,
        lead(observed_before_at) over later as last_observed_before_change_at
    from compared
    where observed_before_at is null or {{ list_size('changed_attributes') }} > 0
    window later as (partition by account_key order by observed_at)

),

latest as (

    select
        account_key,
        max(observed_at) as last_observed_at
    from known
    group by account_key

),

final as (

    select
        spans.account_key,
        spans.platform,
        spans.account_id,
        spans.observed_at as valid_from_at,
        spans.valid_to_at,
        spans.valid_to_at is null as is_current,
        coalesce(spans.last_observed_before_change_at, latest.last_observed_at) as last_observed_at,
        spans.role,
        {%- for attribute in said %}
        spans.{{ attribute }},
        {%- endfor %}
        case
            when spans.observed_before_at is null then {{ no_attributes() }}
            else spans.changed_attributes
        end as changed_attributes
    from spans
    inner join latest on spans.account_key = latest.account_key

)

select * from final
