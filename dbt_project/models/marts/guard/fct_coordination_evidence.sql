-- Grain: one row per lockstep group and post or account on which its members met.
with members as (

    select * from {{ ref('int_coordination_members') }}

),

pairs as (

    select
        members.coordination_group_key,
        pairs.actor_key_a,
        pairs.actor_key_b,
        -- the widest window that the pair met within; the evidence states the seconds themselves
        max(pairs.window_seconds) as window_seconds
    from {{ ref('int_coordinated_pairs') }} as pairs
    inner join members on pairs.actor_key_a = members.actor_key
    inner join members as others
        on
            pairs.actor_key_b = others.actor_key
            and members.coordination_group_key = others.coordination_group_key
    group by members.coordination_group_key, pairs.actor_key_a, pairs.actor_key_b

),

actions as (

    select
        members.actor_key,
        targets.target_key,
        targets.post_key,
        actions.first_second
    from members
    inner join {{ ref('int_key_numbers') }} as numbers
        on
            members.actor_key = numbers.key
            and numbers.kind = 'actor'
    inner join {{ ref('int_paired_actions') }} as actions on numbers.number = actions.actor_number
    inner join {{ ref('int_lockstep_targets') }} as targets on actions.target_number = targets.target_number

),

meetings as (

    select
        pairs.coordination_group_key,
        a.target_key,
        a.post_key,
        pairs.actor_key_a,
        pairs.actor_key_b,
        least(a.first_second, b.first_second) as from_second,
        greatest(a.first_second, b.first_second) as to_second
    from pairs
    inner join actions as a on pairs.actor_key_a = a.actor_key
    inner join actions as b
        on
            pairs.actor_key_b = b.actor_key
            and a.target_key = b.target_key
            and abs(a.first_second - b.first_second) <= pairs.window_seconds

),

presence as (

    select
        coordination_group_key,
        target_key,
        post_key,
        actor_key_a as actor_key,
        from_second,
        to_second
    from meetings
    union all
    select
        coordination_group_key,
        target_key,
        post_key,
        actor_key_b as actor_key,
        from_second,
        to_second
    from meetings

),

final as (

    select
        coordination_group_key,
        target_key,
        any_value(post_key) as post_key,
        count(distinct actor_key) as member_count,
        cast(count(*) / 2 as bigint) as meeting_count,
        {{ instant_of('min(from_second)') }} as first_at,
        {{ instant_of('max(to_second)') }} as last_at,
        cast(median(to_second - from_second) as double) as median_apart_seconds
    from presence
    group by coordination_group_key, target_key

)

select * from final
