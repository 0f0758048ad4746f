-- Grain: one row per actor and what it acted on: the second of the first thing that it did to it.
-- What was taken back later is in it: it has been done, and when.
-- depends_on: {{ ref('stg_actions') }}
-- depends_on: {{ ref('int_key_numbers') }}
-- depends_on: {{ ref('int_first_action_changes') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['actor_number', 'target_number'],
    meta={'touched_by': 'int_first_action_changes', 'touched_where': 'was_there'},
    on_schema_change='fail'
) }}
{% if is_incremental() %}
select
    actor_number,
    target_number,
    first_second
from {{ ref('int_first_action_changes') }}
{% else %}
{{ first_actions(ref('int_key_numbers'), 'true') }}
-- few are touched, and most of them late: then these lie together
order by target_number
{% endif %}
