-- Grain: one row per actor in a lockstep group: of five or more, or of three or four that are surer.
{% set rules = lockstep() %}
with edges as (

    {%- for here, there in [('a', 'b'), ('b', 'a')] %}
    select
        actor_key_{{ here }} as from_key,
        actor_key_{{ there }} as to_key,
        min(chance) as chance,
        max(meeting_count) as meeting_count
    from {{ ref('int_coordinated_pairs') }}
    group by actor_key_{{ here }}, actor_key_{{ there }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

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

    select * from {{ connected_components('(select from_key, to_key from strong_edges)') }}

),

sized as (

    select
        components.root,
        count(distinct components.member) as member_count,
        -- of a large group many pairs say the same; of a small one each must be sure
        max(strong_edges.chance) as most_chance,
        min(strong_edges.meeting_count) as least_meeting_count
    from components
    inner join strong_edges on components.member = strong_edges.from_key
    group by components.root

),

final as (

    select
        components.member as actor_key,
        'lockstep:' || components.root as coordination_group_key,
        sized.member_count
    from components
    inner join sized on components.root = sized.root
    where
        sized.member_count >= {{ rules.least_group }}
        or (
            sized.member_count >= {{ rules.least_small_group }}
            and sized.most_chance < {{ rules.most_chance_in_small_group }}
            and sized.least_meeting_count >= {{ rules.sure_meetings }}
        )

)

select * from final
