-- Grain: one row per comment on an own post that waits for an answer, written in the last 90 days.
-- A selection, made where it is read: how long a comment waits changes every day, for each of them. The published
-- file has it as a table.
{{ config(materialized='view') }}
-- the days of the queue: few, and by them all that was ever said is passed over
with days as (

    select distinct
        daily.activity_date,
        horizon.as_of_date - daily.activity_date as waiting_days
    from {{ ref('fct_conversation_daily') }} as daily
    cross join {{ ref('dim_horizon') }} as horizon
    where horizon.as_of_date - daily.activity_date <= {{ var('queue_days') }}

),

comments as (

    select
        replies.*,
        days.waiting_days
    from {{ ref('fct_reply') }} as replies
    inner join days on replies.activity_date = days.activity_date
    where not replies.is_answered

),

final as (

    select
        comments.interaction_key,
        comments.account_key,
        comments.post_key,
        posts.text as post_text,
        comments.text as comment_text,
        comments.language,
        comments.engagement_class,
        comments.commented_at,
        comments.waiting_days,
        comments.thread_reply_count
    from comments
    inner join {{ ref('dim_account') }} as accounts on comments.account_key = accounts.account_key
    inner join {{ ref('dim_post') }} as posts on comments.post_key = posts.post_key
    where accounts.role = 'own' and posts.deleted_at is null

)

select * from final
