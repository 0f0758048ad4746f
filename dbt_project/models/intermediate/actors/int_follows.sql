-- Grain: one row per follow of an official account that stands, by whomever. Of fct_interaction one in many is one.
-- depends_on: {{ ref('fct_interaction') }}
-- depends_on: {{ ref('int_interaction_changes') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='interaction_hash',
    meta={'touched_by': 'int_interaction_changes', 'touched_where': "was_there and verb = 'follow'"},
    on_schema_change='fail'
) }}
select
    interaction_hash,
    interaction_key,
    account_key,
    actor_key,
    interacted_at,
    activity_date
from {{ ref('int_interaction_changes' if is_incremental() else 'fct_interaction') }}
where verb = 'follow' and not is_undone
