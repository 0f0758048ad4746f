-- Grain: one row per window and pair of actors that met within it at three targets or more, but fewer when the
-- last build ended, so that it isn't known at how many. None in a full build.
-- depends_on: {{ ref('int_meeting_changes') }}
-- depends_on: {{ ref('int_sought_actions') }}
{% set rules = lockstep() %}
{% if not is_delta() %}
select
    cast(null as integer) as actor_number_a,
    cast(null as integer) as actor_number_b,
    cast(null as integer) as window_seconds,
    cast(null as bigint) as meeting_count
where false
{% else %}
with candidates as (

    select *
    from {{ ref('int_meeting_changes') }}
    where added_count > 0 and not is_counted

),

pairs as materialized (

    select distinct
        actor_number_a,
        actor_number_b
    from candidates

),

near as (

    {%- set met = [] %}
    {%- for window in rules.windows %}
    {%- do met.append(
        'abs(here.first_second - there.first_second) <= ' ~ window.seconds ~ ' and ' ~ both_looked_at(window)
        ~ ' as met_' ~ window.seconds
    ) %}
    {%- endfor %}
    {{ near_each_other(ref('int_sought_actions'), rules.windows | last, met, 'true') }}

),

counted as (

    select
        near.actor_number_a,
        near.actor_number_b,
        {%- for window in rules.windows %}
        count(*) filter (where near.met_{{ window.seconds }}) as meeting_count_{{ window.seconds }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from near
    inner join pairs
        on
            near.actor_number_a = pairs.actor_number_a
            and near.actor_number_b = pairs.actor_number_b
    group by near.actor_number_a, near.actor_number_b
    -- nearly all are left out here: who met within a window was near within the widest
    having count(*) >= {{ rules.least_meetings }}

),

final as (

    {% for window in rules.windows %}
    select
        candidates.actor_number_a,
        candidates.actor_number_b,
        candidates.window_seconds,
        counted.meeting_count_{{ window.seconds }} as meeting_count
    from candidates
    inner join counted
        on
            candidates.actor_number_a = counted.actor_number_a
            and candidates.actor_number_b = counted.actor_number_b
    where candidates.window_seconds = {{ window.seconds }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from final
where meeting_count >= {{ rules.least_meetings }}
{% endif %}
