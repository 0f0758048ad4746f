-- Grain: one row per actor that with what landed has acted on enough things to meet somebody often; none in
-- a full build.
{% set least = lockstep().least_meetings %}
with landed as (

    select
        actor_number,
        count(*) as new_count
    from {{ ref('int_first_action_changes') }}
    where not was_there
    group by actor_number

),

counted as (

    select
        actions.actor_number,
        count(*) as target_count
    from {{ ref('int_first_actions') }} as actions
    where {{ is_delta() }} and {{ is_touched('actions.actor_number', 'int_first_action_changes') }}
    group by actions.actor_number

)

select landed.actor_number
from landed
inner join counted on landed.actor_number = counted.actor_number
where counted.target_count >= {{ least }} and counted.target_count - landed.new_count < {{ least }}
