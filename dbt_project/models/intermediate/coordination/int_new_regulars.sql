-- Grain: one row per actor that with what landed has acted on enough things to meet somebody often; none in
-- a full build.
-- depends_on: {{ ref('int_first_action_changes') }}
{% set least = lockstep().least_meetings %}
{% set standing_actors = standing('intermediate', 'int_acting_actors') %}
{% if not is_delta() or standing_actors is none %}
select cast(null as integer) as actor_number
where false
{% else %}
with landed as (

    select
        actor_number,
        count(*) as new_count
    from {{ ref('int_first_action_changes') }}
    where not was_there
    group by actor_number

),

final as (

    select
        landed.actor_number,
        landed.new_count,
        coalesce(standing.target_count, 0) as earlier_count
    from landed
    left join {{ standing_actors }} as standing on landed.actor_number = standing.actor_number

)

select actor_number
from final
where earlier_count < {{ least }} and earlier_count + new_count >= {{ least }}
{% endif %}
