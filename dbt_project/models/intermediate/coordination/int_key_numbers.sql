-- Grain: one row per actor, post, account that was acted on, and account with posts: the number that
-- stands for its key where very many rows are joined. A key keeps its number until a full build. Posts are
-- numbered in the order in which they were first acted on, and accounts that were acted on below 0.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail'
) }}
{% set which = landed_since_last_build() if is_incremental() else 'true' %}
with seen as (

    select distinct
        'actor' as kind,
        actor_key as key,
        cast(null as varchar) as post_key,
        cast(null as bigint) as first_second
    from {{ ref('stg_actions') }}
    where {{ which }}
    union all
    select
        'target' as kind,
        target_key as key,
        post_key,
        min(acted_second) as first_second
    from {{ ref('stg_actions') }}
    where {{ which }}
    group by target_key, post_key
    union all
    select distinct
        'account' as kind,
        account_key as key,
        cast(null as varchar) as post_key,
        cast(null as bigint) as first_second
    from {{ ref('stg_posts') }}
    where {{ which }}

),

{% if is_incremental() %}
standing as (

    {{ landed_numbers(this) }}

),

{% endif %}
unnumbered as (

    select seen.*
    from seen
    {% if is_incremental() %}
    left join standing
        on
            seen.kind = standing.kind
            and seen.key = standing.key
    where standing.number is null
    {% endif %}

)

select
    kind,
    key,
    post_key,
    {{ hash64(['key']) }} as key_hash,
    cast(
        case when kind = 'target' and post_key is null then -1 else 1 end * (
            row_number() over (order by kind, first_second, key)
            {%- if is_incremental() %} + (select coalesce(max(abs(standing.number)), 0) from {{ this }} as standing)
            {%- endif %}
        ) as integer
    ) as number
from unnumbered
