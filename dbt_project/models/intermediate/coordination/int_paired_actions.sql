-- Grain: one row per actor of a pair of int_lockstep_meetings and target of int_lockstep_targets that it acted
-- on: all that is asked of pairs, once they are known.
-- depends_on: {{ ref('int_lockstep_actions') }}
-- depends_on: {{ ref('int_sought_actions') }}
with actors as (

    select actor_number_a as actor_number from {{ ref('int_lockstep_meetings') }}
    union
    select actor_number_b as actor_number from {{ ref('int_lockstep_meetings') }}

)

select
    actions.actor_number,
    actions.target_number,
    actions.first_second,
    {%- for window in lockstep().windows %}
    actions.near_{{ window.seconds }},
    {%- endfor %}
    targets.actor_count,
    targets.audience_number
from {{ ref('int_sought_actions' if is_delta() else 'int_lockstep_actions') }} as actions
inner join {{ ref('int_lockstep_targets') }} as targets on actions.target_number = targets.target_number
where actions.actor_number in (select actors.actor_number from actors)
