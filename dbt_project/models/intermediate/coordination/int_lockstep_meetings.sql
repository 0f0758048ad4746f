-- Grain: one row per window and pair of actors that met within it at three targets or more.
-- depends_on: {{ ref('int_meeting_changes') }}
-- depends_on: {{ ref('int_recounted_meetings') }}
-- depends_on: {{ ref('int_lockstep_actions') }}
-- depends_on: {{ ref('int_regulars') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['actor_number_a', 'actor_number_b', 'window_seconds'],
    meta={'touched_by': 'int_meeting_changes'},
    on_schema_change='fail'
) }}
{% set rules = lockstep() %}
{% if is_incremental() %}
-- who met once or twice stands nowhere: of them the meetings were counted anew
select * from {{ ref('int_recounted_meetings') }}
union all
select
    standing.actor_number_a,
    standing.actor_number_b,
    standing.window_seconds,
    standing.meeting_count + changes.added_count as meeting_count
from {{ this }} as standing
inner join {{ ref('int_meeting_changes') }} as changes
    on
        standing.actor_number_a = changes.actor_number_a
        and standing.actor_number_b = changes.actor_number_b
        and standing.window_seconds = changes.window_seconds
where standing.meeting_count + changes.added_count >= {{ rules.least_meetings }}
{% else %}
with actions as materialized (

    select actions.*
    from {{ ref('int_lockstep_actions') }} as actions
    inner join {{ ref('int_regulars') }} as regulars on actions.actor_number = regulars.actor_number

),

{%- for window in rules.windows %}
met_{{ window.seconds }} as (

    {{ near_each_other('actions', window, [], both_looked_at(window)) }}

),
{% endfor %}
final as (

    {% for window in rules.windows %}
    select
        actor_number_a,
        actor_number_b,
        {{ window.seconds }} as window_seconds,
        count(*) as meeting_count
    from met_{{ window.seconds }}
    group by actor_number_a, actor_number_b
    having count(*) >= {{ rules.least_meetings }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from final
{% endif %}
