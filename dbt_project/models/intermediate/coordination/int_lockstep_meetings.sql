-- Grain: one row per window and pair of actors that met within it at three targets or more. Who met once or
-- twice stands nowhere, so a touched pair's meetings are counted anew, and nobody else's.
-- depends_on: {{ ref('int_touched_lockstep_pairs') }}
-- depends_on: {{ ref('int_touched_lockstep_actions') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['actor_number_a', 'actor_number_b'],
    meta={'touched_by': 'int_touched_lockstep_pairs'},
    on_schema_change='fail'
) }}
{% set rules = lockstep() %}
with actions as materialized (

    select actions.*
    from {{ ref('int_lockstep_actions') }} as actions
    inner join {{ ref('int_regulars') }} as regulars on actions.actor_number = regulars.actor_number
    {% if is_incremental() %}
    where {{ is_touched('actions.actor_number', 'int_touched_lockstep_actions') }}
    {% endif %}

),

{%- for window in rules.windows %}
met_{{ window.seconds }} as (

    {{ meetings('actions', window) }}

),
{% endfor %}
final as (

    {% for window in rules.windows %}
    select
        met.actor_number_a,
        met.actor_number_b,
        {{ window.seconds }} as window_seconds,
        count(*) as meeting_count
    from met_{{ window.seconds }} as met
    {% if is_incremental() %}
    inner join {{ ref('int_touched_lockstep_pairs') }} as touched
        on
            met.actor_number_a = touched.actor_number_a
            and met.actor_number_b = touched.actor_number_b
    {% endif %}
    group by met.actor_number_a, met.actor_number_b
    having count(*) >= {{ rules.least_meetings }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from final
