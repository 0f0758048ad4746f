-- Grain: one row per window and pair of actors that met on more, or on fewer, of the touched targets than
-- the last build saw. None in a full build.
-- depends_on: {{ ref('int_touched_lockstep_actions') }}
{% set standing_meetings = standing('intermediate', 'int_lockstep_meetings') %}
{% if not is_delta() or standing_meetings is none %}
select
    cast(null as integer) as actor_number_a,
    cast(null as integer) as actor_number_b,
    cast(null as integer) as window_seconds,
    cast(null as bigint) as added_count,
    false as is_counted
where false
{% else %}
with changed as (

    {% for window in lockstep().windows %}
    {%- set condition = 'here.is_now = there.is_now and (here.is_changed or there.is_changed) and '
        ~ both_looked_at(window) %}
    select
        met.*,
        {{ window.seconds }} as window_seconds
    from (
        {{ near_each_other(ref('int_touched_lockstep_actions'), window, ['here.is_now'], condition) }}
    ) as met
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

added as (

    select
        actor_number_a,
        actor_number_b,
        window_seconds,
        cast(sum(case when is_now then 1 else -1 end) as bigint) as added_count
    from changed
    group by actor_number_a, actor_number_b, window_seconds

)

select
    added.*,
    standing.meeting_count is not null as is_counted
from added
left join {{ standing_meetings }} as standing
    on
        added.actor_number_a = standing.actor_number_a
        and added.actor_number_b = standing.actor_number_b
        and added.window_seconds = standing.window_seconds
where added.added_count <> 0
{% endif %}
