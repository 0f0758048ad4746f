-- Grain: one row per account and day on which other followers began to follow it than when the last build
-- ended, or more is known of those. Add a source, not a window.
-- depends_on: {{ ref('fct_interaction') }}
-- depends_on: {{ ref('int_engagement_changes') }}
-- depends_on: {{ ref('stg_accounts') }}
{% if not is_delta() %}
select
    cast(null as varchar) as account_key,
    cast(null as date) as activity_date
where false
{% else %}
with profiles as (

    select {{ key(['platform', 'account_id']) }} as actor_key
    from {{ ref('stg_accounts') }}
    where role = 'actor' and {{ landed_since_last_build() }}

)

select
    account_key,
    activity_date
from {{ ref('int_engagement_changes') }}
where verb = 'follow'
union
select
    account_key,
    activity_date
from {{ ref('fct_interaction') }}
where verb = 'follow' and actor_key in (select profiles.actor_key from profiles)
{% endif %}
