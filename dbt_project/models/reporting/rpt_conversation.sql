-- Grain: one row per account and period: each month in which comments were written, and all (`all`).
with comments as (

    select
        *,
        {{ each_of(list_of([month_of('activity_date'), "'all'"])) }} as period
    from {{ ref('fct_reply') }}
    where account_key is not null

),

final as (

    select
        account_key,
        period,
        count(*) as comment_count,
        count(*) filter (where engagement_class <> 'incentivised') as unprompted_comment_count,
        {{ known_count('is_answered') }} as answered_comment_count,
        {{ known_count('not is_answered') }} as unanswered_comment_count,
        {{ ratio('count(*) filter (where is_answered)', 'count(is_answered)') }} as answered_share,
        {{ ratio(
            "count(*) filter (where is_answered and engagement_class <> 'incentivised')",
            "count(is_answered) filter (where engagement_class <> 'incentivised')"
        ) }} as unprompted_answered_share,
        median(answer_seconds) as median_answer_seconds,
        {{ quantile('answer_seconds', 0.9) }} as p90_answer_seconds,
        cast(sum(thread_reply_count) as bigint) as thread_reply_count,
        avg(thread_depth) as mean_thread_depth,
        max(thread_depth) as deepest_thread_depth,
        {{ ratio('count(*) filter (where thread_depth >= 3)', 'count(*)') }} as deep_thread_share
    from comments
    group by account_key, period

)

select * from final
