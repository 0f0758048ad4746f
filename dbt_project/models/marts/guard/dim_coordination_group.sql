-- Grain: one row per lockstep group: five actors or more that keep acting on the same things together.
with members as (

    select
        coordination_group_key,
        count(*) as member_count
    from {{ ref('int_coordination_members') }}
    group by coordination_group_key

),

pairs as (

    select
        members.coordination_group_key,
        count(distinct pairs.actor_key_a || ' ' || pairs.actor_key_b) as pair_count,
        min(pairs.window_seconds) as window_seconds,
        median(pairs.meeting_count) as median_meeting_count,
        median(pairs.expected_meeting_count) as median_expected_meeting_count,
        max(pairs.chance) as largest_chance
    from {{ ref('int_coordinated_pairs') }} as pairs
    inner join {{ ref('int_coordination_members') }} as members on pairs.actor_key_a = members.actor_key
    inner join {{ ref('int_coordination_members') }} as others
        on
            pairs.actor_key_b = others.actor_key
            and members.coordination_group_key = others.coordination_group_key
    group by members.coordination_group_key

),

evidence as (

    select
        coordination_group_key,
        count(*) as target_count,
        min(first_at) as first_at,
        max(last_at) as last_at,
        median(median_apart_seconds) as median_apart_seconds
    from {{ ref('fct_coordination_evidence') }}
    group by coordination_group_key

),

final as (

    select
        members.coordination_group_key,
        members.member_count,
        pairs.pair_count,
        evidence.target_count,
        pairs.window_seconds,
        pairs.median_meeting_count,
        pairs.median_expected_meeting_count,
        pairs.largest_chance,
        evidence.median_apart_seconds,
        evidence.first_at,
        evidence.last_at,
        '{{ guard_rules_version() }}' as rules_version
    from members
    inner join pairs on members.coordination_group_key = pairs.coordination_group_key
    inner join evidence on members.coordination_group_key = evidence.coordination_group_key

)

select * from final
