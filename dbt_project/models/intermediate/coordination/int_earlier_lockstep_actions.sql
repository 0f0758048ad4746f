-- Grain: one row per actor and touched target of int_lockstep_actions, as the last build left it; none in a
-- full build.
-- depends_on: {{ ref('int_touched_lockstep_targets') }}
{% set standing_targets = standing('intermediate', 'int_lockstep_targets') %}
{% set standing_actions = standing('intermediate', 'int_lockstep_actions') %}
{% if not is_delta() or standing_targets is none or standing_actions is none %}
select cast(null as integer) as actor_number
where false
{% else %}
with actions as (

    {{ of_touched_targets(standing_actions, ref('int_touched_lockstep_targets')) }}

)

select
    actions.*,
    targets.actor_count,
    targets.audience_number
from actions
inner join {{ standing_targets }} as targets on actions.target_number = targets.target_number
{% endif %}
