-- Grain: one row per window and pair of actors that met within it at three targets or more.
{% set rules = lockstep() %}
with actions as (

    select
        actions.actor_key,
        actions.target_key,
        actions.first_second
    from {{ ref('int_first_actions') }} as actions
    inner join {{ ref('int_lockstep_targets') }} as targets on actions.target_key = targets.target_key

),

-- nobody else can meet anybody three times
busy as (

    select actor_key
    from actions
    group by actor_key
    having count(*) >= {{ rules.least_meetings }}

),

busy_actions as (

    select actions.*
    from actions
    inner join busy on actions.actor_key = busy.actor_key

),
{% for window in rules.windows %}
{% set seconds = window.seconds %}
crowded_{{ seconds }} as (

    select
        *,
        first_second // {{ seconds }} as bucket
    from busy_actions
    -- of a larger crowd some are looked at, and on every target the same: nobody hides by numbers
    qualify row_number() over (
        partition by target_key, first_second // {{ seconds }} order by {{ hash64(["actor_key"]) }}
    ) <= {{ rules.largest_crowd }}

),

met_{{ seconds }} as (

    {% for neighbour in [0, 1] %}
    select
        least(here.actor_key, there.actor_key) as actor_key_a,
        greatest(here.actor_key, there.actor_key) as actor_key_b
    from crowded_{{ seconds }} as here
    inner join crowded_{{ seconds }} as there
        on
            here.target_key = there.target_key
            and here.bucket = there.bucket + {{ neighbour }}
    where
        here.actor_key {{ '<>' if neighbour else '<' }} there.actor_key
        and abs(here.first_second - there.first_second) <= {{ seconds }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),
{% endfor %}
final as (

    {% for window in rules.windows %}
    select
        actor_key_a,
        actor_key_b,
        {{ window.seconds }} as window_seconds,
        count(*) as meeting_count
    from met_{{ window.seconds }}
    group by actor_key_a, actor_key_b
    having count(*) >= {{ rules.least_meetings }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from final
