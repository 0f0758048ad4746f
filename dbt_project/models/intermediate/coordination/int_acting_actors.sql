-- Grain: one row per actor that did something: when first, and to how many things.
-- depends_on: {{ ref('int_first_action_changes') }}
-- depends_on: {{ ref('int_first_actions') }}
-- who asks how much an actor had done before asks what the last build left
-- depends_on: {{ ref('int_new_regulars') }}
-- depends_on: {{ ref('int_reclassified_actors') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='actor_number',
    meta={'touched_by': 'int_first_action_changes'},
    on_schema_change='fail'
) }}
with counted as (

    select
        actor_number,
        first_second,
        {{ 'cast(not was_there as bigint)' if is_incremental() else '1' }} as target_count
    from {{ ref('int_first_action_changes' if is_incremental() else 'int_first_actions') }}
    {% if is_incremental() %}
    union all
    select
        actor_number,
        first_second,
        target_count
    from {{ this }}
    where {{ is_touched('actor_number', 'int_first_action_changes') }}
    {% endif %}

)

select
    actor_number,
    min(first_second) as first_second,
    cast(sum(target_count) as bigint) as target_count
from counted
group by actor_number
