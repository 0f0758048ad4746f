-- Grain: one row per account and day that is counted or judged otherwise than it stands; none in a full build.
-- Add a source, not a window.
-- depends_on: {{ ref('int_counter_surprises') }}
-- depends_on: {{ ref('int_inflated_days') }}
-- depends_on: {{ ref('int_touched_account_days') }}
-- depends_on: {{ ref('ops_override') }}
{% set standing_days = standing('marts', 'fct_engagement_daily') %}
{% if not is_delta() or standing_days is none %}
select
    cast(null as varchar) as account_key,
    cast(null as date) as activity_date
where false
{% else %}
with judged_otherwise as (

    select
        standing.account_key,
        standing.activity_date
    from {{ standing_days }} as standing
    {{ join_day_judgements('standing') }}
    where {{ are_judged_otherwise('standing') }}

),

-- days of which nothing was counted stand for their counters' sake, and come and go with these
nothing_counted as (

    select
        account_key,
        activity_date
    from {{ standing_days }}
    where post_count = 0 and action_count = 0 and follow_count = 0
    union
    select
        account_key,
        activity_date
    from {{ ref('int_counter_surprises') }}
    where is_counter_unexplained

)

select
    account_key,
    activity_date
from {{ ref('int_touched_account_days') }}
union
select
    account_key,
    activity_date
from judged_otherwise
union
select
    account_key,
    activity_date
from nothing_counted
{% endif %}
