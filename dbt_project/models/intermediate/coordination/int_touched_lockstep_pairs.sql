-- Grain: one row per pair of actors whose meetings, or the chance of them, may be others than the last build
-- saw: both acted on a touched target, and are a pair already or met there. None in a full build.
-- depends_on: {{ ref('int_lockstep_actions') }}
-- depends_on: {{ ref('int_regulars') }}
-- depends_on: {{ ref('int_touched_lockstep_actions') }}
-- depends_on: {{ ref('int_touched_lockstep_targets') }}
{% set standing_meetings = standing('intermediate', 'int_lockstep_meetings') %}
{% if not is_delta() or standing_meetings is none %}
select
    cast(null as integer) as actor_number_a,
    cast(null as integer) as actor_number_b
where false
{% else %}
with actions as materialized (

    select actions.*
    from {{ ref('int_lockstep_actions') }} as actions
    inner join {{ ref('int_regulars') }} as regulars on actions.actor_number = regulars.actor_number
    where {{ is_touched('actions.target_number', 'int_touched_lockstep_targets') }}

),

{% for window in lockstep().windows %}
met_{{ window.seconds }} as (

    {{ meetings('actions', window) }}

),
{% endfor %}
pairs as (

    select
        standing.actor_number_a,
        standing.actor_number_b
    from {{ standing_meetings }} as standing
    inner join {{ ref('int_touched_lockstep_actions') }} as a on standing.actor_number_a = a.actor_number
    inner join {{ ref('int_touched_lockstep_actions') }} as b
        on
            standing.actor_number_b = b.actor_number
            and a.target_number = b.target_number
    {% for window in lockstep().windows %}
    union all
    select * from met_{{ window.seconds }}
    {% endfor %}

)

select distinct
    actor_number_a,
    actor_number_b
from pairs
{% endif %}
