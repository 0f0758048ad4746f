-- Grain: one row per comment on an own post that waits for an answer, written in the last 90 days.
with horizon as (

    select as_of_date from {{ ref('dim_horizon') }}

),

comments as (

    select * from {{ ref('fct_reply') }}
    where not is_answered

),

final as (

    select
        comments.interaction_key,
        comments.account_key,
        comments.post_key,
        posts.text as post_text,
        said.text as comment_text,
        comments.language,
        comments.engagement_class,
        comments.commented_at,
        horizon.as_of_date - comments.activity_date as waiting_days,
        comments.thread_reply_count
    from comments
    cross join horizon
    inner join {{ ref('dim_account') }} as accounts on comments.account_key = accounts.account_key
    inner join {{ ref('dim_post') }} as posts on comments.post_key = posts.post_key
    -- the day says where in all that was ever said a comment stands
    inner join {{ ref('fct_interaction') }} as said
        on comments.interaction_key = said.interaction_key and comments.activity_date = said.activity_date
    where
        accounts.role = 'own'
        and posts.deleted_at is null
        and horizon.as_of_date - comments.activity_date <= {{ var('queue_days') }}

)

select * from final
