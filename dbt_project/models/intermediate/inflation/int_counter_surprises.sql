-- Grain: one row per account and day on which stated counters grew, beside what was counted.
-- Platforms and collectors never agree; what matters is whether they disagree more than they use to.
{% set rules = inflation_rules() %}
with days as (

    select
        growth.account_key,
        growth.activity_date,
        growth.stated_growth,
        coalesce(
            daily.like_count + daily.share_count + daily.comment_count + daily.reply_count + daily.quote_count, 0
        ) as counted
    from {{ ref('int_stated_growth') }} as growth
    left join {{ ref('int_engagement_daily') }} as daily
        on
            growth.account_key = daily.account_key
            and growth.activity_date = daily.activity_date

),

compared as (

    select
        *,
        count(*) over past as past_day_count,
        -- the median: a day that was inflated before does not make the next one usual
        median((stated_growth + 1.0) / (counted + 1.0)) over past as usual_ratio,
        {{ quantile('(stated_growth + 1.0) / (counted + 1.0)', 0.84) }} over past as high_ratio
    from days
    window past as (
        partition by account_key order by activity_date
        rows between {{ rules.window_days }} preceding and 1 preceding
    )

),

expected as (

    select
        *,
        counted * usual_ratio + 1 as expected_growth,
        {{ rules.counter_spread }} + power(high_ratio / usual_ratio - 1, 2) as spread
    from compared

),

final as (

    select
        account_key,
        activity_date,
        stated_growth,
        counted,
        expected_growth,
        case
            when past_day_count >= {{ rules.least_days }}
                then {{ negative_binomial_tail('stated_growth', 'expected_growth', 'spread') }}
        end as growth_chance
    from expected

)

select
    *,
    growth_chance < {{ rules.tolerance }} and stated_growth - expected_growth >= {{ rules.least_assessed }}
        as is_counter_unexplained
from final
