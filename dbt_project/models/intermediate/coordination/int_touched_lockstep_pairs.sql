-- Grain: one row per pair of actors and audience of which the pair shares touched targets: by how much what it
-- shares there, and the chance of meetings, is more than the last build saw. A pair that is one now, or was
-- one then, and not both, has a row without audience. None in a full build.
-- depends_on: {{ ref('int_touched_lockstep_actions') }}
-- depends_on: {{ ref('int_lockstep_meetings') }}
{% set rules = lockstep() %}
{% set standing_pairs = standing('intermediate', 'int_lockstep_pairs') %}
{% if not is_delta() or standing_pairs is none %}
select
    cast(null as integer) as actor_number_a,
    cast(null as integer) as actor_number_b
where false
{% else %}
with earlier as (

    select distinct
        actor_number_a,
        actor_number_b
    from {{ standing_pairs }}

),

now_pairs as (

    select distinct
        actor_number_a,
        actor_number_b
    from {{ ref('int_lockstep_meetings') }}

),

pairs as (

    select
        coalesce(earlier.actor_number_a, now_pairs.actor_number_a) as actor_number_a,
        coalesce(earlier.actor_number_b, now_pairs.actor_number_b) as actor_number_b,
        earlier.actor_number_a is not null as was_pair,
        now_pairs.actor_number_a is not null as is_pair
    from earlier
    full join now_pairs
        on
            earlier.actor_number_a = now_pairs.actor_number_a
            and earlier.actor_number_b = now_pairs.actor_number_b

),

-- first what one of two did, then whether the other was there: all who were on a target are many times more
one_of_them as materialized (

    select
        pairs.actor_number_b as other_number,
        actions.*
    from pairs
    inner join {{ ref('int_touched_lockstep_actions') }} as actions on pairs.actor_number_a = actions.actor_number
    where pairs.was_pair and pairs.is_pair

),

shared as (

    select
        a.actor_number as actor_number_a,
        b.actor_number as actor_number_b,
        a.audience_number,
        case when a.is_now then 1 else -1 end as added_count,
        {%- for window in rules.windows %}
        {{ chance_of_meeting('a', 'b', 'a', window) }} as chance_{{ window.seconds }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from one_of_them as a
    inner join {{ ref('int_touched_lockstep_actions') }} as b
        on
            a.other_number = b.actor_number
            and a.target_number = b.target_number
            and a.is_now = b.is_now

)

select
    actor_number_a,
    actor_number_b,
    audience_number,
    true as was_pair,
    true as is_pair,
    {%- for window in rules.windows %}
    {{ exact('sum(added_count * chance_' ~ window.seconds ~ ')') }} as chance_meeting_count_{{ window.seconds }},
    {%- endfor %}
    cast(sum(added_count) as bigint) as shared_target_count
from shared
group by actor_number_a, actor_number_b, audience_number
union all by name
select * from pairs
where was_pair <> is_pair
{% endif %}
