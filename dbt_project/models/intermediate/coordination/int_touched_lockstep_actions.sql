-- Grain: one row per regular and touched target, as the last build left it and as it is now; none in a full
-- build.
-- depends_on: {{ ref('int_earlier_lockstep_actions') }}
-- depends_on: {{ ref('int_lockstep_actions') }}
-- depends_on: {{ ref('int_lockstep_targets') }}
-- depends_on: {{ ref('int_regulars') }}
-- depends_on: {{ ref('int_touched_lockstep_targets') }}
{% if not is_delta() %}
select
    cast(null as integer) as actor_number,
    false as is_changed
where false
{% else %}
{% set looked_at = [] %}
{% for window in lockstep().windows %}
{% do looked_at.append('is_looked_at_' ~ window.seconds) %}
{% endfor %}
with now_there as (

    {{ of_touched_targets(ref('int_lockstep_actions'), ref('int_touched_lockstep_targets')) }}

),

earlier_and_now as (

    select
        *,
        false as is_now
    from {{ ref('int_earlier_lockstep_actions') }}
    union all by name
    select
        actions.*,
        targets.actor_count,
        targets.audience_number,
        true as is_now
    from now_there as actions
    inner join {{ ref('int_lockstep_targets') }} as targets on actions.target_number = targets.target_number

),

compared as (

    select
        *,
        -- whom one meets may be others than before
        count(*) over (
            partition by actor_number, target_number, first_second, {{ looked_at | join(', ') }}
        ) = 1 as is_changed
    from earlier_and_now

)

select compared.*
from compared
inner join {{ ref('int_regulars') }} as regulars on compared.actor_number = regulars.actor_number
{% endif %}
