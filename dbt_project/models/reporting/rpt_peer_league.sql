-- Grain: one row per account of a peer group, with its places by followers, real reach and engagement.
with latest as (

    select
        account_key,
        max_by(stated_follower_count, observed_at) as stated_follower_count,
        max(observed_at) as stated_at
    from {{ ref('fct_account_daily') }}
    where stated_follower_count is not null
    group by account_key

),

engagement as (

    select
        account_key,
        count(*) as post_count,
        cast(sum(action_count) as bigint) as action_count
    from {{ ref('fct_post') }}
    where kind <> 'reply'
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
        latest.stated_at,
        reach.ghost_share,
        reach.real_reach,
        engagement.post_count,
        engagement.action_count,
        {{ ratio('1000 * engagement.action_count', 'latest.stated_follower_count') }}
            as action_count_per_1k_followers,
        {{ ratio('1000 * engagement.action_count', 'latest.stated_follower_count * engagement.post_count') }}
            as action_count_per_post_and_1k_followers,
        {{ ratio('1000 * engagement.action_count', 'reach.real_reach') }} as action_count_per_1k_real_reach
    from {{ ref('dim_account') }} as accounts
    inner join latest on accounts.account_key = latest.account_key
    left join engagement on accounts.account_key = engagement.account_key
    left join {{ ref('rpt_real_reach') }} as reach
        on accounts.account_key = reach.account_key and reach.is_latest
    where accounts.peer_group is not null

),

ranked as (

    select
        *,
        rank() over (partition by peer_group order by stated_follower_count desc) as follower_rank,
        row_number() over (
            partition by peer_group order by stated_follower_count, account_key
        ) as ascending_place,
        count(*) over (partition by peer_group) as peer_count,
        sum(stated_follower_count) over (partition by peer_group) as group_follower_count,
        median(stated_follower_count) over (partition by peer_group) as group_median_follower_count,
        {{ rank_known('real_reach') }} as real_reach_rank,
        {{ rank_known('action_count_per_post_and_1k_followers') }} as engagement_rank
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
        ) }} as group_follower_gini,
        ghost_share,
        real_reach,
        real_reach_rank,
        post_count,
        action_count,
        action_count_per_1k_followers,
        action_count_per_post_and_1k_followers,
        action_count_per_1k_real_reach,
        engagement_rank
    from ranked

)

select * from final
