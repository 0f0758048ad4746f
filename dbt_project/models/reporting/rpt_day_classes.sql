-- Grain: one row per account and day on which something was done to it.
select
    account_key,
    activity_date,
    action_count,
    {%- for class in engagement_classes() %}
    action_count_{{ class }},
    {{ ratio('action_count_' ~ class, 'action_count') }} as {{ class }}_share,
    {%- endfor %}
    {{ ratio('action_count - action_count_unassessed', 'action_count') }} as assessed_share,
    {{ ratio('action_count_organic', 'action_count - action_count_unassessed') }} as organic_share_of_assessed,
    is_inflated,
    inflation_reasons
from {{ ref('fct_engagement_daily') }}
where action_count > 0
