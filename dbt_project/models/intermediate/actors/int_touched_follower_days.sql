-- Grain: one row per account and day on which other followers began to follow it than when the last build
-- ended, or more is known of those. Add a source, not a window.
-- depends_on: {{ ref('int_follows') }}
-- depends_on: {{ ref('int_engagement_changes') }}
-- depends_on: {{ ref('stg_accounts') }}
-- depends_on: {{ ref('int_key_numbers') }}
-- depends_on: {{ ref('int_first_actions') }}
-- depends_on: {{ ref('int_first_action_changes') }}
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

),

actors as (

    {{ numbers_of_actors('profiles') }}

),

-- who had acted on an account before: what is new of the others is among the changes. The numbers of accounts
-- are below 0. Without such an actor no interaction is read.
followers as (

    select actors.actor_key
    from actors
    inner join {{ ref('int_first_actions') }} as acted on actors.actor_number = acted.actor_number
    left join {{ ref('int_first_action_changes') }} as changes
        on
            acted.actor_number = changes.actor_number
            and acted.target_number = changes.target_number
            and not changes.was_there
    where acted.target_number < 0 and changes.actor_number is null

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
from {{ ref('int_follows') }}
where actor_key in {{ sought_values('followers', 'actor_key') }}
{% endif %}
