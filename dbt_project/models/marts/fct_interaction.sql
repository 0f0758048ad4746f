-- Grain: one row per interaction, with its class.
-- depends_on: {{ ref('int_folded_interactions') }}
-- depends_on: {{ ref('int_interaction_changes') }}
-- depends_on: {{ ref('int_target_changes') }}
-- depends_on: {{ ref('stg_interactions') }}
-- depends_on: {{ ref('platforms') }}
-- depends_on: {{ ref('int_calendars') }}
-- depends_on: {{ ref('int_actor_verdicts') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='interaction_hash',
    meta={
        'touched_by': 'int_interaction_changes', 'touched_where': 'was_there', 'outlives_refresh': true
    },
    on_schema_change='fail'
) }}
{% set columns = interaction_columns() | join(', ') %}
{% if keeps_interactions() %}
select {{ columns }} from {{ ref('int_interaction_changes') }}
{% else %}
with targets as (

    {{ targets_now() }}

),

placed as (

    {{ place_interactions(
        ref('int_folded_interactions'), 'targets', ref('stg_interactions'), 'interacted_at'
    ) }}

),

classed as (

    {{ classify_interactions('placed') }}

)

select {{ columns }} from classed
{% endif %}
