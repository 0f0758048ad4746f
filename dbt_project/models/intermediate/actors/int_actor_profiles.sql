-- Grain: one row per actor whose profile was observed: what it said last, and its ghost score.
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='actor_key') }}
{% set facts = [
    'created_at', 'followers', 'following', 'posts', 'likes_given', 'listed', 'verified',
    'default_avatar', 'has_bio', 'has_location', 'has_link', 'language', 'protected'
] %}
with observed as (

    select
        {{ key(['platform', 'account_id']) }} as actor_key,
        platform,
        account_id as actor_id,
        observed_at,
        cast(null as varchar) as handle,
        {{ facts | join(', ') }}
    from {{ ref('stg_accounts') }}
    where
        role = 'actor'
        {% if is_incremental() %} and {{ landed_since_last_build() }}{% endif %}

),

known as (

    select * from observed
    {% if is_incremental() %}
    union all
    select
        actor_key,
        platform,
        actor_id,
        observed_at,
        cast(null as varchar) as handle,
        {{ facts | join(', ') }}
    from {{ this }}
    where actor_key in (select observed.actor_key from observed)
    {% endif %}

),

latest as (

    {{ first_of_each(
        'known', ['actor_key'], ['observed_at desc', facts | join(' nulls last, ') ~ ' nulls last']
    ) }}

),

inputs as (

    select
        *,
        {{ ghost_inputs() }}
    from latest

),

features as (

    select
        *,
        {{ ghost_features() }}
    from inputs

),

scored as (

    select
        *,
        {{ ghost_score() }} as ghost_score,
        {{ ghost_reasons() }} as ghost_reasons
    from features

)

select
    actor_key,
    platform,
    actor_id,
    observed_at,
    {%- for fact in facts %}
    {{ fact }},
    {%- endfor %}
    ghost_score,
    {{ ghost_band('ghost_score') if ghost_constants() else 'null' }} as ghost_band,
    ghost_reasons
from scored
