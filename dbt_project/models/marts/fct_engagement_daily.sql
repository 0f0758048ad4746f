-- Grain: one row per account and day on which it published, or somebody did something to it; or on which its
-- counters grew as if somebody had, and nobody was seen.
-- depends_on: {{ ref('int_touched_engagement_days') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['account_key', 'activity_date'],
    meta={'touched_by': 'int_touched_engagement_days'},
    on_schema_change='fail'
) }}
with counted as (

    select days.*
    from {{ ref('int_engagement_daily') }} as days
    {% if is_incremental() %}
    inner join {{ ref('int_touched_engagement_days') }} as touched
        on
            days.account_key = touched.account_key
            and days.activity_date = touched.activity_date
    {% endif %}

),

-- counters were read that day, so what was counted is none
unseen as (

    select
        counters.account_key,
        accounts.platform,
        accounts.account_id,
        counters.activity_date,
        cast(0 as bigint) as post_count,
        {%- for name in measure_names() %}
        cast(0 as bigint) as {{ name }},
        {%- endfor %}
        cast(null as double) as action_count_per_post
    from {{ ref('int_counter_surprises') }} as counters
    inner join {{ ref('int_accounts') }} as accounts on counters.account_key = accounts.account_key
    -- all of these days are touched in an incremental build, too
    left join counted
        on
            counters.account_key = counted.account_key
            and counters.activity_date = counted.activity_date
    where counters.is_counter_unexplained and counted.account_key is null

),

daily as (

    select * from counted
    union all
    select * from unseen

)

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
from daily
left join {{ ref('int_inflated_days') }} as inflated
    on
        daily.account_key = inflated.account_key
        and daily.activity_date = inflated.activity_date
left join {{ ref('ops_override') }} as overrides
    on
        daily.account_key = overrides.account_key
        and daily.activity_date = overrides.activity_date
        and overrides.withdrawn_at is null
