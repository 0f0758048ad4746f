-- Grain: one row per window and pair of actors that met more often than chance can explain.
{% set rules = lockstep() %}
with audiences as (

    select
        audience_key,
        -- the chance that two actions of an audience are on the same target
        sum(actor_count * actor_count) / (sum(actor_count) * sum(actor_count)) as same_target_share
    from {{ ref('int_lockstep_targets') }}
    group by audience_key

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
                pairs.audience_target_count_a * pairs.audience_target_count_b
                * audiences.same_target_share / pairs.shared_target_count
            ))
        end as overlap
    from {{ ref('int_lockstep_pairs') }} as pairs
    inner join audiences on pairs.audience_key = audiences.audience_key

),

expected as (

    select
        actor_key_a,
        actor_key_b,
        any_value(target_count_a) as target_count_a,
        any_value(target_count_b) as target_count_b,
        {%- for window in rules.windows %}
        sum(overlap * chance_meeting_count_{{ window.seconds }}) as expected_meeting_count_{{ window.seconds }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from weighed
    group by actor_key_a, actor_key_b

),

compared as (

    select
        meetings.*,
        case meetings.window_seconds
            {%- for window in rules.windows %}
            when {{ window.seconds }} then expected.expected_meeting_count_{{ window.seconds }}
            {%- endfor %}
        end as expected_meeting_count,
        {{ ratio(
            'meetings.meeting_count',
            'expected.target_count_a + expected.target_count_b - meetings.meeting_count'
        ) }} as jaccard
    from {{ ref('int_lockstep_meetings') }} as meetings
    inner join expected
        on
            meetings.actor_key_a = expected.actor_key_a
            and meetings.actor_key_b = expected.actor_key_b

),

judged as (

    select
        *,
        -- Poisson, but wider: some people are always among the first
        {{ negative_binomial_tail('meeting_count', 'expected_meeting_count', rules.spread) }} as chance
    from compared

)

select
    actor_key_a,
    actor_key_b,
    window_seconds,
    meeting_count,
    expected_meeting_count,
    chance,
    jaccard
from judged
where
    chance < {{ rules.most_chance }}
    and (
        meeting_count >= {{ rules.sure_meetings }}
        or jaccard >= {{ rules.least_jaccard }}
    )
