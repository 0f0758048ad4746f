-- Grain: one row per window and pair of actors that met on more, or on fewer, of the touched targets than
-- the last build saw. None in a full build.
-- depends_on: {{ ref('int_touched_lockstep_actions') }}
{% if not is_delta() %}
select
    cast(null as integer) as actor_number_a,
    cast(null as integer) as actor_number_b,
    cast(null as integer) as window_seconds,
    cast(null as bigint) as added_count
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

final as (

    select
        actor_number_a,
        actor_number_b,
        window_seconds,
        cast(sum(case when is_now then 1 else -1 end) as bigint) as added_count
    from changed
    group by actor_number_a, actor_number_b, window_seconds

)

select * from final
where added_count <> 0
{% endif %}
