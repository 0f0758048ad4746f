-- Grain: one row per actor in a lockstep group of five or more.
{% set rules = lockstep() %}
with edges as (

    select
        actor_key_a as from_key,
        actor_key_b as to_key
    from {{ ref('int_coordinated_pairs') }}
    union
    select
        actor_key_b as from_key,
        actor_key_a as to_key
    from {{ ref('int_coordinated_pairs') }}

),

-- one chance pair must not tie two groups, or an onlooker to one
tied as (

    select from_key as actor_key
    from edges
    group by from_key
    having count(*) >= 2

),

strong_edges as (

    select edges.*
    from edges
    inner join tied as here on edges.from_key = here.actor_key
    inner join tied as there on edges.to_key = there.actor_key

),

components as (

    select * from {{ connected_components('(select * from strong_edges)') }}

),

final as (

    select
        member as actor_key,
        'lockstep:' || root as coordination_group_key,
        count(*) over (partition by root) as member_count
    from components

)

select *
from final
where member_count >= {{ rules.least_group }}
