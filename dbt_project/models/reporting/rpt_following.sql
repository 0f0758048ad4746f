-- Grain: one row per official account that was observed.
with stated as (

    select
        account_key,
        max_by(stated_following_count, observed_at) as stated_following_count,
        max_by(stated_follower_count, observed_at) as stated_follower_count
    from {{ ref('fct_account_daily') }}
    group by account_key

),

outward as (

    select
        follower_account_key as account_key,
        count(*) as followed_official_count,
        count(*) filter (where is_mutual) as mutual_official_count
    from {{ ref('fct_official_follow') }}
    group by follower_account_key

),

inward as (

    select
        followed_account_key as account_key,
        count(*) as official_follower_count
    from {{ ref('fct_official_follow') }}
    group by followed_account_key

),

final as (

    select
        accounts.account_key,
        accounts.account_name,
        accounts.role,
        stated.stated_following_count,
        stated.stated_follower_count,
        {{ ratio('stated.stated_follower_count', 'stated.stated_following_count') }} as followers_per_following,
        -- no follow seen is not the same as following nobody
        outward.followed_official_count,
        outward.mutual_official_count,
        {{ ratio('outward.mutual_official_count', 'outward.followed_official_count') }} as followed_back_share,
        inward.official_follower_count
    from {{ ref('dim_account') }} as accounts
    left join stated on accounts.account_key = stated.account_key
    left join outward on accounts.account_key = outward.account_key
    left join inward on accounts.account_key = inward.account_key

)

select * from final
