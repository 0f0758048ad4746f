-- Grain: one row per account and month, from the first to the last in which it was active, as far as the
-- data reaches.
with engagement as (

    select * from {{ ref('fct_engagement_daily') }}

),

-- outside of them nobody collected its posts: no post there is not silence
spans as (

    select
        engagement.account_key,
        min(engagement.activity_date) as first_active_date,
        max(engagement.activity_date) as last_active_date
    from engagement
    cross join {{ ref('dim_horizon') }} as horizon
    where
        (engagement.post_count > 0 or engagement.action_count > 0)
        and engagement.activity_date <= horizon.as_of_date
    group by engagement.account_key

),

active as (

    select
        account_key,
        cast(date_trunc('month', activity_date) as date) as month_start_date,
        cast(sum(post_count) as bigint) as post_count,
        cast(sum(comment_count) as bigint) as comment_count,
        cast(sum(reply_count) as bigint) as reply_count
    from engagement
    group by account_key, month_start_date

),

months as (

    select
        account_key,
        first_active_date,
        {{ each_date("date_trunc('month', first_active_date)", 'last_active_date', 'month') }} as month_start_date
    from spans

),

following as (

    select
        account_key,
        max_by(stated_following_count, observation_date) as stated_following_count
    from {{ ref('fct_account_daily') }}
    group by account_key

),

covered as (

    select
        months.account_key,
        months.month_start_date,
        coalesce(active.post_count, 0) as post_count,
        coalesce(active.comment_count, 0) as comment_count,
        coalesce(active.reply_count, 0) as reply_count,
        following.stated_following_count,
        -- of its first and of the last month only a part may be seen
        least(cast(months.month_start_date + interval 1 month as date), horizon.as_of_date + 1)
        - greatest(months.month_start_date, months.first_active_date) as covered_days,
        conversation.answered_comment_count,
        conversation.answered_share
    from months
    cross join {{ ref('dim_horizon') }} as horizon
    left join active
        on months.account_key = active.account_key and months.month_start_date = active.month_start_date
    left join following on months.account_key = following.account_key
    left join {{ ref('rpt_conversation') }} as conversation
        on
            months.account_key = conversation.account_key
            and {{ month_of('months.month_start_date') }} = conversation.period

),

placed as (

    select
        *,
        {{ ratio('post_count', 'covered_days') }} as posts_per_day,
        {{ ratio('reply_count', 'comment_count + reply_count') }} as reply_share,
        case
            when comment_count > 0 and answered_share is null then null
            when answered_share >= {{ var('forum_answered_share') }} then 'forum'
            when posts_per_day >= {{ var('listening_posts_per_day') }} then 'broadcast'
            when stated_following_count > 0 then 'listening post'
            when post_count = 0 then 'silent'
            else 'broadcast'
        end as mode
    from covered

),

final as (

    select
        account_key,
        {{ month_of('month_start_date') }} as month,
        covered_days,
        post_count,
        posts_per_day,
        comment_count,
        reply_count,
        reply_share,
        answered_comment_count,
        answered_share,
        answered_share - lag(answered_share) over accounts as answered_share_change,
        stated_following_count,
        mode,
        lag(mode) over accounts as previous_mode,
        mode <> lag(mode) over accounts as is_moving
    from placed
    window accounts as (partition by account_key order by month_start_date)

)

select * from final
