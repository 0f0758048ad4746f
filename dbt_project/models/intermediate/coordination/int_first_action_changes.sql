-- Grain: one row per actor and what it acted on, where an earlier first action landed than stands; none in
-- a full build.
-- depends_on: {{ ref('stg_actions') }}
-- depends_on: {{ ref('int_key_numbers') }}
-- depends_on: {{ ref('stg_posts') }}
{% set standing_actions = standing('intermediate', 'int_first_actions') %}
{% if not is_delta() or standing_actions is none %}
select
    cast(null as integer) as actor_number,
    cast(null as integer) as target_number,
    cast(null as varchar) as actor_key,
    cast(null as bigint) as first_second,
    false as was_there
where false
{% else %}
with numbers as materialized (

    {{ landed_numbers(ref('int_key_numbers')) }}

),

landed as materialized (

    {{ first_actions('numbers', landed_since_last_build()) }}

),

standing_there as (

    {{ of_touched_targets(standing_actions, 'landed') }}

),

near as materialized (

    select standing.*
    from standing_there as standing
    inner join landed
        on
            standing.actor_number = landed.actor_number
            and standing.target_number = landed.target_number

),

final as (

    select
        landed.actor_number,
        landed.target_number,
        numbers.key as actor_key,
        landed.first_second,
        near.actor_number is not null as was_there
    from landed
    inner join numbers on landed.actor_number = numbers.number
    left join near
        on
            landed.actor_number = near.actor_number
            and landed.target_number = near.target_number
    where near.actor_number is null or landed.first_second < near.first_second

)

select * from final
{% endif %}
