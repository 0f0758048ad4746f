-- Grain: one row per actor that did something, or whose profile was observed.
-- depends_on: {{ ref('int_touched_actors') }}
-- depends_on: {{ ref('int_first_action_changes') }}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='actor_key',
    on_schema_change='fail'
) }}
with
{% if is_incremental() %}
touched as (

    select actor_key from {{ ref('int_touched_actors') }}
    union
    select actor_key from {{ ref('int_first_action_changes') }}

),

{% endif %}

numbers as materialized (

    {% if is_incremental() %}
    {{ numbers_of_actors('touched') }}
    {% else %}
    select
        key as actor_key,
        number as actor_number
    from {{ ref('int_key_numbers') }}
    where kind = 'actor'
    {% endif %}

),

actors as (

    select
        numbers.actor_key,
        acting.first_second,
        acting.target_count
    from {{ ref('int_acting_actors') }} as acting
    inner join numbers on acting.actor_number = numbers.actor_number
    {% if is_incremental() %}
    where acting.actor_number in {{ sought_values('numbers', 'actor_number') }}
    {% endif %}

),

profiles as (

    select * from {{ ref('int_actor_profiles') }}
    {% if is_incremental() %}
    where actor_key in {{ sought_values('touched', 'actor_key') }}
    {% endif %}

),

members as (

    select * from {{ ref('int_coordination_members') }}
    {% if is_incremental() %}
    where actor_key in {{ sought_values('touched', 'actor_key') }}
    {% endif %}

),

known as (

    select actor_key from actors
    union
    select actor_key from profiles

),

final as (

    select
        known.actor_key,
        split_part(known.actor_key, ':', 1) as platform,
        {{ id_in('known.actor_key') }} as actor_id,
        {{ instant_of('actors.first_second') }} as first_acted_at,
        coalesce(actors.target_count, 0) as target_count,
        profiles.observed_at as profile_observed_at,
        profiles.created_at as opened_at,
        profiles.followers as stated_follower_count,
        profiles.following as stated_following_count,
        profiles.posts as stated_post_count,
        profiles.default_avatar as has_default_avatar,
        profiles.has_bio,
        profiles.language,
        profiles.ghost_score,
        coalesce(profiles.ghost_band, 'unassessed') as ghost_band,
        coalesce(profiles.ghost_reasons, {{ no_attributes() }}) as ghost_reasons,
        members.coordination_group_key
    from known
    left join actors on known.actor_key = actors.actor_key
    left join profiles on known.actor_key = profiles.actor_key
    left join members on known.actor_key = members.actor_key

)

select * from final
