-- Grain: one row per account and day on which it published, or somebody did something to it.
select
    daily.account_key,
    daily.platform,
    daily.account_id,
    daily.activity_date,
    daily.post_count,
    {%- for name in measure_names() %}
    daily.{{ name }},
    {%- endfor %}
    daily.action_count_per_post,
    -- null: nobody can tell, which is not the same as false
    inflated.is_inflated,
    inflated.inflation_reasons
from {{ ref('int_engagement_daily') }} as daily
left join {{ ref('int_inflated_days') }} as inflated
    on
        daily.account_key = inflated.account_key
        and daily.activity_date = inflated.activity_date
