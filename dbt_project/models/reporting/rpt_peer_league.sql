-- Grain: one row per account of a peer group, with its place by stated followers.
with latest as (

    select
        account_key,
        arg_max(stated_follower_count, observed_at) as stated_follower_count,
        max(observed_at) as stated_at
    from {{ ref('fct_account_daily') }}
    where stated_follower_count is not null
    group by account_key

),

members as (

    select
        accounts.account_key,
        accounts.platform,
        accounts.account_id,
        accounts.account_name,
        accounts.role,
        accounts.peer_group,
        latest.stated_follower_count,
        latest.stated_at
    from {{ ref('dim_account') }} as accounts
    inner join latest on accounts.account_key = latest.account_key
    where accounts.peer_group is not null

),

ranked as (

    select
        *,
        rank() over (
            partition by peer_group order by stated_follower_count desc
        ) as follower_rank,
        row_number() over (
            partition by peer_group order by stated_follower_count, account_key
        ) as ascending_place,
        count(*) over (partition by peer_group) as peer_count,
        sum(stated_follower_count) over (partition by peer_group) as group_follower_count,
        median(stated_follower_count) over (partition by peer_group) as group_median_follower_count
    from members

),

final as (

    select
        account_key,
        platform,
        account_id,
        account_name,
        role,
        peer_group,
        stated_at,
        stated_follower_count,
        follower_rank,
        peer_count,
        cast(group_follower_count as bigint) as group_follower_count,
        {{ ratio('stated_follower_count', 'group_follower_count') }} as follower_share,
        group_median_follower_count,
        -- Gini of a group: sum((2i - n - 1) x_i) / (n sum(x)), x ascending
        {{ ratio(
            'sum((2 * ascending_place - peer_count - 1) * stated_follower_count) over (partition by peer_group)',
            'peer_count * group_follower_count'
        ) }} as group_follower_gini
    from ranked

)

select * from final
