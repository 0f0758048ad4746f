-- Grain: one row per account and month in which it was active or hours were stated.
with modes as (

    select
        account_key,
        month,
        post_count,
        answered_comment_count
    from {{ ref('rpt_mode') }}

),

hours as (

    select * from {{ ref('fct_staff_hours') }}

),

months as (

    select
        coalesce(modes.account_key, hours.account_key) as account_key,
        coalesce(modes.month, hours.month) as month,
        modes.post_count,
        modes.answered_comment_count,
        hours.staff_hours,
        hours.staff_hours * hours.hourly_cost as staff_cost,
        hours.currency
    from modes
    full outer join hours on modes.account_key = hours.account_key and modes.month = hours.month

),

final as (

    select
        account_key,
        month,
        post_count,
        answered_comment_count,
        staff_hours,
        staff_cost,
        currency,
        {{ ratio('staff_hours', 'post_count') }} as staff_hours_per_post,
        {{ ratio('staff_hours', 'answered_comment_count') }} as staff_hours_per_answered_comment,
        {{ ratio('staff_cost', 'answered_comment_count') }} as staff_cost_per_answered_comment
    from months

)

select * from final
