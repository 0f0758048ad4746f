-- Grain: one row per actor of whom anything is known: its profile's band, and its lockstep group.
with profiles as (

    select * from {{ ref('int_actor_profiles') }}

),

members as (

    select * from {{ ref('int_coordination_members') }}

)

select
    coalesce(profiles.actor_key, members.actor_key) as actor_key,
    coalesce(profiles.ghost_band, 'unassessed') as ghost_band,
    profiles.ghost_score,
    coalesce(profiles.ghost_reasons, []) as ghost_reasons,
    members.coordination_group_key
from profiles
full join members on profiles.actor_key = members.actor_key
