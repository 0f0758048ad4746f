-- Grain: one row per pair of int_lockstep_meetings and audience that both belong to.
{% set rules = lockstep() %}
with meetings as (

    select * from {{ ref('int_lockstep_meetings') }}

),

pairs as (

    select distinct
        actor_key_a,
        actor_key_b
    from meetings

),

suspects as (

    select actor_key_a as actor_key from pairs
    union
    select actor_key_b as actor_key from pairs

),

actions as (

    select
        actions.actor_key,
        actions.target_key,
        targets.actor_count,
        targets.audience_key,
        {%- for window in rules.windows %}
        -- how many others were as near: a burst that everybody is in says nothing of anybody
        count(*) over (
            partition by actions.target_key
            order by actions.first_second
            range between {{ window.seconds }} preceding and {{ window.seconds }} following
        ) - 1 as near_{{ window.seconds }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_first_actions') }} as actions
    inner join {{ ref('int_lockstep_targets') }} as targets on actions.target_key = targets.target_key

),

suspicious as (

    select
        actions.*,
        count(*) over (partition by actions.actor_key) as target_count,
        count(*) over (partition by actions.actor_key, actions.audience_key) as audience_target_count
    from actions
    inner join suspects on actions.actor_key = suspects.actor_key

),

final as (

    select
        pairs.actor_key_a,
        pairs.actor_key_b,
        a.audience_key,
        any_value(a.target_count) as target_count_a,
        any_value(b.target_count) as target_count_b,
        any_value(a.audience_target_count) as audience_target_count_a,
        any_value(b.audience_target_count) as audience_target_count_b,
        -- meetings to expect if each came at a time of its own to all the targets that they share
        {%- for window in rules.windows %}
        sum({{ chance_of_meeting('a', 'b', window) }}) as chance_meeting_count_{{ window.seconds }},
        {%- endfor %}
        count(*) as shared_target_count
    from pairs
    inner join suspicious as a on pairs.actor_key_a = a.actor_key
    inner join suspicious as b
        on
            pairs.actor_key_b = b.actor_key
            and a.target_key = b.target_key
    group by pairs.actor_key_a, pairs.actor_key_b, a.audience_key

)

select * from final
