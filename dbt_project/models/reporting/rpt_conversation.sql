-- Grain: one row per account and period: each month in which comments were written, and all (`all`).
{% set periods = each_of(list_of([month_of('activity_date'), "'all'"])) %}
{% set totals = [
    'comment_count', 'unprompted_comment_count', 'answered_comment_count', 'unanswered_comment_count',
    'unprompted_answered_comment_count', 'unprompted_unanswered_comment_count', 'thread_reply_count',
    'thread_level_count', 'deep_thread_count'
] %}
with days as (

    select
        *,
        {{ periods }} as period
    from {{ ref('fct_conversation_daily') }}

),

counted as (

    select
        account_key,
        period,
        {%- for total in totals %}
        cast(sum({{ total }}) as bigint) as {{ total }},
        {%- endfor %}
        sum(answered_comment_count + unanswered_comment_count) > 0 as is_known,
        max(deepest_thread_depth) as deepest_thread_depth
    from days
    group by account_key, period

),

answers as (

    select
        account_key,
        answer_seconds,
        {{ periods }} as period
    from {{ ref('fct_reply') }}
    where is_answered and account_key is not null

),

-- a median of months has nothing to do with those of its days
timed as (

    select
        account_key,
        period,
        median(answer_seconds) as median_answer_seconds,
        {{ quantile('answer_seconds', 0.9) }} as p90_answer_seconds
    from answers
    group by account_key, period

),

final as (

    select
        counted.account_key,
        counted.period,
        counted.comment_count,
        counted.unprompted_comment_count,
        case when counted.is_known then counted.answered_comment_count end as answered_comment_count,
        case when counted.is_known then counted.unanswered_comment_count end as unanswered_comment_count,
        {{ ratio(
            'counted.answered_comment_count',
            '(counted.answered_comment_count + counted.unanswered_comment_count)'
        ) }} as answered_share,
        {{ ratio(
            'counted.unprompted_answered_comment_count',
            '(counted.unprompted_answered_comment_count + counted.unprompted_unanswered_comment_count)'
        ) }} as unprompted_answered_share,
        timed.median_answer_seconds,
        timed.p90_answer_seconds,
        counted.thread_reply_count,
        {{ ratio('counted.thread_level_count', 'counted.comment_count') }} as mean_thread_depth,
        counted.deepest_thread_depth,
        {{ ratio('counted.deep_thread_count', 'counted.comment_count') }} as deep_thread_share
    from counted
    left join timed
        on
            counted.account_key = timed.account_key
            and counted.period = timed.period

)

select * from final
