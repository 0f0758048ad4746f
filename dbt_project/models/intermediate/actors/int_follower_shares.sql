-- Grain: one row per official account and day on which somebody began to follow it: its followers so far.
-- depends_on: {{ ref('int_touched_follower_days') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='account_key',
    meta={'touched_by': 'int_touched_follower_days', 'touched_from': 'activity_date'},
    on_schema_change='fail'
) }}
{% set known = ghost_constants() %}
-- decimals: a sum of fractions depends on the order that they are added in
{% set summed = {
    'assessed_count': 'bigint', 'weight_so_far': 'decimal(38, 9)', 'doubt_so_far': 'decimal(38, 9)'
} %}
with
{% if is_incremental() %}
touched as (

    {{ touched_keys('int_touched_follower_days', ['account_key'], since='activity_date') }}

),

-- what stands of the days before
before as (

    select
        standing.account_key,
        {%- for name in summed %}
        max_by(standing.{{ name }}, standing.activity_date) as {{ name }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ this }} as standing
    inner join touched
        on
            standing.account_key = touched.account_key
            and standing.activity_date < touched.activity_date
    group by standing.account_key

),
{% endif %}

days as (

    select
        followed.account_key,
        followed.activity_date,
        followed.assessed_count,
        cast(followed.weight as decimal(28, 9)) as weight_so_far,
        cast(followed.doubt as decimal(28, 9)) as doubt_so_far
    from {{ ref('int_follower_days') }} as followed
    {% if is_incremental() %}
    inner join touched
        on
            followed.account_key = touched.account_key
            and followed.activity_date >= touched.activity_date
    {% endif %}

),

so_far as (

    select
        days.account_key,
        days.activity_date,
        {%- for name, type in summed.items() %}
        {%- set earlier = ' + coalesce(before.' ~ name ~ ', 0)' if is_incremental() else '' %}
        cast(sum(days.{{ name }}) over so_far{{ earlier }} as {{ type }}) as {{ name }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from days
    {% if is_incremental() %}
    left join before on days.account_key = before.account_key
    {% endif %}
    window so_far as (partition by days.account_key order by days.activity_date)

),

averaged as (

    select
        *,
        cast(weight_so_far as double) / nullif(assessed_count, 0) as mean_weight,
        cast(doubt_so_far as double) / nullif(assessed_count, 0) as mean_doubt
    from so_far

)

select
    account_key,
    activity_date,
    assessed_count,
    weight_so_far,
    doubt_so_far,
    {{ ghost_share() if known else '0 as ghost_share, 0 as ghost_share_low, 0 as ghost_share_high' }}
from averaged
