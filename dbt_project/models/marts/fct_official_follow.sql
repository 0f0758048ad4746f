-- Grain: one row per official account and official account that it follows.
with follows as (

    select
        follower_account_key,
        followed_account_key,
        min(followed_at) as followed_at
    from {{ ref('int_official_follows') }}
    group by follower_account_key, followed_account_key

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
