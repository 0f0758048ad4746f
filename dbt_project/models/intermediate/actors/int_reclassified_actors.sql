-- Grain: one row per actor that acted before and is seen otherwise than when its interactions were classed, although
-- nothing about them landed. None in a full build.
-- depends_on: {{ ref('int_actor_verdicts') }}
-- depends_on: {{ ref('int_key_numbers') }}
-- depends_on: {{ ref('int_touched_actors') }}
{% set standing_actors = standing('intermediate', 'int_acting_actors') %}
{% if not keeps_interactions() %}
select cast(null as varchar) as actor_key
where false
{% else %}
with seen as (

    select * from {{ ref('int_actor_verdicts') }}
    {% if is_delta() %}
    where {{ is_touched('actor_key', 'int_touched_actors') }}
    {% endif %}

),

classed as (

    select * from {{ standing('intermediate', 'int_classed_actors') }}
    {% if is_delta() %}
    where {{ is_touched('actor_key', 'int_touched_actors') }}
    {% endif %}

),

differing as materialized (

    select coalesce(seen.actor_key, classed.actor_key) as actor_key
    from seen
    full join classed on seen.actor_key = classed.actor_key
    where {{ differ(['coordination_group_key', 'ghost_band', 'ghost_reasons'], 'seen', 'classed') }}

)
{% if is_delta() and standing_actors is not none %}
,

numbers as (

    {{ numbers_of_actors('differing') }}

)
{% endif %}

select differing.actor_key
from differing
{% if is_delta() and standing_actors is not none %}
-- as the last build left them: who is new there has nothing to class again
inner join numbers on differing.actor_key = numbers.actor_key
inner join {{ standing_actors }} as actors on numbers.actor_number = actors.actor_number
{% endif %}
{% endif %}
