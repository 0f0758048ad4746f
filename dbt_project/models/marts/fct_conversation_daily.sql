-- Grain: one row per account and day on which comments were written that could be answered.
-- depends_on: {{ ref('int_touched_conversation_days') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['account_key', 'activity_date'],
    meta={'touched_by': 'int_touched_conversation_days'},
    on_schema_change='fail'
) }}
with comments as (

    select replies.*
    from {{ ref('fct_reply') }} as replies
    {% if is_incremental() %}
    inner join {{ ref('int_touched_conversation_days') }} as touched
        on
            replies.account_key = touched.account_key
            and replies.activity_date = touched.activity_date
    {% endif %}
    where replies.account_key is not null

)

select
    account_key,
    activity_date,
    count(*) as comment_count,
    count(*) filter (where engagement_class <> 'incentivised') as unprompted_comment_count,
    count(*) filter (where is_answered) as answered_comment_count,
    count(*) filter (where not is_answered) as unanswered_comment_count,
    count(*) filter (where is_answered and engagement_class <> 'incentivised') as unprompted_answered_comment_count,
    count(*) filter (where not is_answered and engagement_class <> 'incentivised')
        as unprompted_unanswered_comment_count,
    cast(sum(thread_reply_count) as bigint) as thread_reply_count,
    cast(sum(thread_depth) as bigint) as thread_level_count,
    max(thread_depth) as deepest_thread_depth,
    count(*) filter (where thread_depth >= 3) as deep_thread_count
from comments
group by account_key, activity_date
