-- Grain: one row per account and day that was observed otherwise than when the last build ended, or by which its
-- followers were: from the first of them on its reach may be another. None in a full build.
-- depends_on: {{ ref('int_touched_follower_days') }}
-- depends_on: {{ ref('int_touched_observation_days') }}
{% if not is_delta() %}
select
    cast(null as varchar) as account_key,
    cast(null as date) as observation_date
where false
{% else %}
select
    account_key,
    observation_date
from {{ ref('int_touched_observation_days') }}
union
select
    account_key,
    activity_date as observation_date
from {{ ref('int_touched_follower_days') }}
{% endif %}
