-- Grain: one row per actor and target of int_lockstep_actions that it acted on, of the actors of pairs that met often
-- or that may do so now. Very many rows are looked through for them, and once. None in a full build.
-- depends_on: {{ ref('int_lockstep_actions') }}
-- depends_on: {{ ref('int_meeting_changes') }}
{{ config(database='passing') }}
{% set standing_meetings = standing('intermediate', 'int_lockstep_meetings') %}
{% if not is_delta() %}
select cast(null as integer) as actor_number
where false
{% elif standing_meetings is none %}
-- all meetings are about to be counted
select * exclude (is_in_crowd) from {{ ref('int_lockstep_actions') }}
{% else %}
with pairs as (

    select
        actor_number_a,
        actor_number_b
    from {{ ref('int_meeting_changes') }}
    where added_count > 0 and not is_counted
    union all
    select
        actor_number_a,
        actor_number_b
    from {{ standing_meetings }}

),

actors as (

    select actor_number_a as actor_number from pairs
    union all
    select actor_number_b as actor_number from pairs

),

-- few rows of each vector of rows are sought: put together before they are written, which is by vectors too
found as materialized (

    select * exclude (is_in_crowd)
    from {{ ref('int_lockstep_actions') }}
    where actor_number in {{ sought_values('actors', 'actor_number') }}

)

select * from found
{% endif %}
