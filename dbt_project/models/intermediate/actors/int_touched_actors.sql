-- Grain: one row per actor of whom something else may be known than when the last build ended.
-- depends_on: {{ ref('int_coordination_members') }}
{% set standing_verdicts = standing('intermediate', 'int_actor_verdicts') %}
with landed as (

    select {{ key(['platform', 'account_id']) }} as actor_key
    from {{ ref('stg_accounts') }}
    where role = 'actor' and {{ landed_since_last_build() }}

)
{% if standing_verdicts is none %}
select distinct actor_key from landed
{% else %}
,

standing as (

    select * from {{ standing_verdicts }}
    where coordination_group_key is not null

),

regrouped as (

    select coalesce(members.actor_key, standing.actor_key) as actor_key
    from {{ ref('int_coordination_members') }} as members
    full join standing on members.actor_key = standing.actor_key
    where members.coordination_group_key is distinct from standing.coordination_group_key

)

select actor_key from landed
union
select actor_key from regrouped
{% endif %}
