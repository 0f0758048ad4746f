-- Grain: one row per actor and what it acted on, where an earlier first action landed than stands; none in
-- a full build.
-- depends_on: {{ ref('stg_actions') }}
{% set standing_actions = standing('intermediate', 'int_first_actions') %}
{% if not is_delta() or standing_actions is none %}
select
    cast(null as varchar) as actor_key,
    cast(null as varchar) as target_key,
    false as was_there
where false
{% else %}
with landed as (

    {{ first_actions(ref('stg_actions'), landed_since_last_build()) }}

),

near as materialized (

    select * from {{ standing_actions }}
    where pair_hash in (select landed.pair_hash from landed)

),

compared as (

    select
        coalesce(landed.pair_hash, near.pair_hash) as pair_hash,
        coalesce(landed.actor_key, near.actor_key) as actor_key,
        coalesce(landed.target_key, near.target_key) as target_key,
        coalesce(landed.post_key, near.post_key) as post_key,
        least(landed.first_second, near.first_second) as first_second,
        near.pair_hash is not null as was_there,
        near.pair_hash is null or landed.first_second < near.first_second as is_changed
    from landed
    full join near
        on
            landed.pair_hash = near.pair_hash
            and landed.actor_key = near.actor_key
            and landed.target_key = near.target_key

),

final as (

    select
        pair_hash,
        actor_key,
        target_key,
        post_key,
        first_second,
        was_there
    from compared
    -- rows are replaced by hash: of two with one hash both are, or neither
    qualify bool_or(is_changed) over (partition by pair_hash)

)

select * from final
{% endif %}
