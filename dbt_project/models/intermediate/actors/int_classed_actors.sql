-- Grain: one row per actor of whom something was known when fct_interaction was last brought up to date.
-- depends_on: {{ ref('fct_interaction') }}
select * from {{ ref('int_actor_verdicts') }}
