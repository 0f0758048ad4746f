-- Grain: one row per official account and official account that it follows.
with actors as (

    select * from {{ ref('int_account_actors') }}

),

follows as (

    select
        actors.account_key as follower_account_key,
        interactions.account_key as followed_account_key,
        min(interactions.interacted_at) as followed_at
    from {{ ref('fct_interaction') }} as interactions
    inner join actors on interactions.actor_key = actors.actor_key
    where interactions.verb = 'follow' and not interactions.is_undone
    group by all

),

final as (

    select
        follows.follower_account_key,
        follows.followed_account_key,
        follows.followed_at,
        back.followed_at is not null as is_mutual
    from follows
    left join follows as back
        on
            follows.follower_account_key = back.followed_account_key
            and follows.followed_account_key = back.follower_account_key

)

select * from final
