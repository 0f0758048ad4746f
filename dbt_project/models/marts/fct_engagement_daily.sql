-- Grain: one row per account and day on which it published, or somebody did something to it; or on which its
-- counters grew as if somebody had, and nobody was seen.
-- depends_on: {{ ref('int_inflated_days') }}
-- depends_on: {{ ref('int_touched_engagement_days') }}
-- depends_on: {{ ref('ops_override') }}
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
    {%- for name, judgement in day_judgements().items() %}
    {{ judgement }} as {{ name }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from daily
{{ join_day_judgements('daily') }}
