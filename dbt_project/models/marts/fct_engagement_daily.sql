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
    inflated.inflation_reasons,
    overrides.made_by as inflation_override_by,
    overrides.made_at as inflation_override_at,
    overrides.reason as inflation_override_reason,
    overrides.last_date as inflation_override_last_date
from {{ ref('int_engagement_daily') }} as daily
left join {{ ref('int_inflated_days') }} as inflated
    on
        daily.account_key = inflated.account_key
        and daily.activity_date = inflated.activity_date
left join {{ ref('ops_override') }} as overrides
    on
        daily.account_key = overrides.account_key
        and daily.activity_date = overrides.activity_date
        and overrides.withdrawn_at is null
