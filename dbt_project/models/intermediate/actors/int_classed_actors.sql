-- Grain: one row per actor of whom something was known when fct_interaction was last brought up to date.
-- depends_on: {{ ref('fct_interaction') }}
-- depends_on: {{ ref('int_touched_actors') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='actor_key',
    meta={'touched_by': 'int_touched_actors'}
) }}
select * from {{ ref('int_actor_verdicts') }}
{% if is_incremental() %}
where {{ is_touched('actor_key', 'int_touched_actors') }}
{% endif %}
