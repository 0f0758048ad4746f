-- Grain: one row per reply, or post that answers, and what it hangs below in its thread.
-- depends_on: {{ ref('int_touched_answers') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['platform', 'answer_id'],
    meta={'touched_by': 'int_touched_answers'},
    on_schema_change='fail',
    pre_hook="{{ sift_touched_sayings(['reply']) }}"
) }}
select
    platform,
    interaction_id as answer_id,
    parent_id as answered_id
from {{ ref('fct_interaction') }}
where
    verb = 'reply' and parent_id is not null and post_key is not null and not is_undone
    {% if is_incremental() %} and {{ is_touched_saying(['reply']) }}{% endif %}
union
select
    platform,
    answer_id,
    answered_id
from {{ ref('fct_answer') }}
where
    answer_kind = 'post'
    {% if is_incremental() %} and {{ is_touched_answer() }}{% endif %}
