-- Grain: one row per post or account: where the facts of what was done to it stand.
-- depends_on: {{ ref('fct_interaction') }}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['target_type', 'target_key'],
    meta={'outlives_refresh': true}
) }}
select
    target_type,
    target_key,
    account_key,
    calendar,
    publication_date,
    campaign,
    campaign_source,
    kind
from {{ ref('int_target_changes') }}
