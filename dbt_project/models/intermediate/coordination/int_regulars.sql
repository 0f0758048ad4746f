-- Grain: one row per actor that acted on three things or more: nobody else can meet anybody three times.
-- depends_on: {{ ref('int_new_regulars') }}
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail') }}
{% if is_incremental() %}
select actor_number from {{ ref('int_new_regulars') }}
{% else %}
select actor_number
from {{ ref('int_first_actions') }}
group by actor_number
having count(*) >= {{ lockstep().least_meetings }}
{% endif %}
