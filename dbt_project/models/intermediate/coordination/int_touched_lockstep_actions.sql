-- Grain: one row per actor and touched target on which lockstep is, or was, looked for; none in a full build.
select
    actions.actor_number,
    actions.target_number
from {{ ref('int_first_actions') }} as actions
inner join {{ ref('int_touched_lockstep_targets') }} as touched on actions.target_number = touched.target_number
left join {{ ref('int_lockstep_targets') }} as targets on touched.target_number = targets.target_number
where
    {{ is_delta() }}
    -- who crowds a target that is too large for a look is left alone
    and (touched.was_looked_at or targets.target_number is not null)
