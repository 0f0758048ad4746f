-- Grain: one row per actor of whom anything is known: its profile's band, and its lockstep group.
-- depends_on: {{ ref('int_touched_actors') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='actor_key',
    meta={'touched_by': 'int_touched_actors'}
) }}
with profiles as (

    select * from {{ ref('int_actor_profiles') }}
    {% if is_incremental() %}
    where {{ is_touched('actor_key', 'int_touched_actors') }}
    {% endif %}

),

members as (

    select * from {{ ref('int_coordination_members') }}
    {% if is_incremental() %}
    where {{ is_touched('actor_key', 'int_touched_actors') }}
    {% endif %}

)

select
    coalesce(profiles.actor_key, members.actor_key) as actor_key,
    coalesce(profiles.ghost_band, 'unassessed') as ghost_band,
    profiles.ghost_score,
    coalesce(profiles.ghost_reasons, {{ no_attributes() }}) as ghost_reasons,
    members.coordination_group_key
from profiles
full join members on profiles.actor_key = members.actor_key
