-- Grain: one row per actor and audience: on how many of its posts, or on it, the actor acted.
-- depends_on: {{ ref('int_touched_lockstep_actions') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='actor_number',
    meta={'touched_by': 'int_touched_lockstep_actions'},
    on_schema_change='fail'
) }}
select
    actions.actor_number,
    targets.audience_number,
    count(*) as target_count
from {{ ref('int_lockstep_actions') }} as actions
inner join {{ ref('int_lockstep_targets') }} as targets on actions.target_number = targets.target_number
{% if is_incremental() %}
where {{ is_touched('actions.actor_number', 'int_touched_lockstep_actions') }}
{% endif %}
group by actions.actor_number, targets.audience_number
