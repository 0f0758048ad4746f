-- Grain: one row per actor and post or account of int_lockstep_targets that it acted on. What a row says
-- follows from the actions on its own target and, in crowds, from who of them is a regular.
-- depends_on: {{ ref('int_touched_lockstep_targets') }}
-- depends_on: {{ ref('int_earlier_lockstep_actions') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='target_number',
    meta={'touched_by': 'int_touched_lockstep_targets', 'touched_where': 'was_looked_at'},
    on_schema_change='fail'
) }}
{% set rules = lockstep() %}
with acted as (

    {{ first_actions_to_look_at() }}

),

actions as (

    select
        actions.actor_number,
        actions.target_number,
        actions.first_second,
        numbers.key_hash,
        regulars.actor_number is not null as is_regular
    from acted as actions
    inner join {{ ref('int_lockstep_targets') }} as targets on actions.target_number = targets.target_number
    inner join {{ ref('int_key_numbers') }} as numbers on actions.actor_number = numbers.number
    left join {{ ref('int_regulars') }} as regulars on actions.actor_number = regulars.actor_number

)

select
    actor_number,
    target_number,
    first_second,
    {%- for window in rules.windows %}
    -- how many others were as near: a burst that everybody is in says nothing of anybody
    cast(count(*) over (
        partition by target_number
        order by first_second
        range between {{ window.seconds }} preceding and {{ window.seconds }} following
    ) - 1 as integer) as near_{{ window.seconds }},
    -- Of a larger crowd some are looked at, and on every target the same: nobody hides by numbers. Who
    -- hardly acts elsewhere takes nobody's place.
    row_number() over (
        partition by target_number, {{ bucket('first_second', window) }}
        order by not is_regular, key_hash
    ) <= {{ rules.largest_crowd }} as is_looked_at_{{ window.seconds }},
    {%- endfor %}
    -- the spans of the widest window hold those of the others
    count(*) over (
        partition by target_number, {{ bucket('first_second', rules.windows | last) }}
    ) > {{ rules.largest_crowd }} as is_in_crowd
from actions
{% if not is_incremental() %}
-- as int_first_actions are, and for the same reason
order by target_number
{% endif %}
