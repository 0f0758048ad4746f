-- Grain: one row per window and pair of actors that met more often than chance can explain.
{% set rules = lockstep() %}
with audiences as (

    select
        audience_number,
        -- the chance that two actions of an audience are on the same target
        sum(actor_count * actor_count) / (sum(actor_count) * sum(actor_count)) as same_target_share
    from {{ ref('int_lockstep_targets') }}
    group by audience_number

),

actors as (

    select
        actor_number,
        sum(target_count) as target_count
    from {{ ref('int_lockstep_habits') }}
    group by actor_number

),

weighed as (

    select
        pairs.*,
        -- Two regulars of one audience share targets by habit. Two who share far more than their
        -- number of actions explains, or whom nothing but one target joins, chose to meet there.
        case
            when pairs.shared_target_count < {{ rules.least_meetings }} then {{ rules.least_overlap }}
            else least(1, greatest(
                {{ rules.least_overlap }},
                a.target_count * b.target_count * audiences.same_target_share / pairs.shared_target_count
            ))
        end as overlap
    from {{ ref('int_lockstep_pairs') }} as pairs
    inner join audiences on pairs.audience_number = audiences.audience_number
    inner join {{ ref('int_lockstep_habits') }} as a
        on
            pairs.actor_number_a = a.actor_number
            and pairs.audience_number = a.audience_number
    inner join {{ ref('int_lockstep_habits') }} as b
        on
            pairs.actor_number_b = b.actor_number
            and pairs.audience_number = b.audience_number

),

expected as (

    select
        actor_number_a,
        actor_number_b,
        {%- for window in rules.windows %}
        sum({{ exact('overlap * chance_meeting_count_' ~ window.seconds) }}) as expected_count_{{ window.seconds }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from weighed
    group by actor_number_a, actor_number_b

),

compared as (

    select
        meetings.*,
        cast(case meetings.window_seconds
            {%- for window in rules.windows %}
            when {{ window.seconds }} then expected.expected_count_{{ window.seconds }}
            {%- endfor %}
        end as double) as expected_meeting_count,
        {{ ratio(
            'meetings.meeting_count',
            'a.target_count + b.target_count - meetings.meeting_count'
        ) }} as jaccard
    from {{ ref('int_lockstep_meetings') }} as meetings
    inner join expected
        on
            meetings.actor_number_a = expected.actor_number_a
            and meetings.actor_number_b = expected.actor_number_b
    inner join actors as a on meetings.actor_number_a = a.actor_number
    inner join actors as b on meetings.actor_number_b = b.actor_number

),

judged as (

    select
        *,
        -- Poisson, but wider: some people are always among the first
        {{ negative_binomial_tail('meeting_count', 'expected_meeting_count', rules.spread) }} as chance
    from compared

)

select
    least(a.key, b.key) as actor_key_a,
    greatest(a.key, b.key) as actor_key_b,
    judged.window_seconds,
    judged.meeting_count,
    judged.expected_meeting_count,
    judged.chance,
    judged.jaccard
from judged
inner join {{ ref('int_key_numbers') }} as a on judged.actor_number_a = a.number
inner join {{ ref('int_key_numbers') }} as b on judged.actor_number_b = b.number
where
    case
        when judged.meeting_count >= {{ rules.sure_meetings }} then judged.chance < {{ rules.most_chance }}
        else judged.jaccard >= {{ rules.least_jaccard }} and judged.chance < {{ rules.most_chance_of_few }}
    end
