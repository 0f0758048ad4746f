-- Grain: one row per post, replies left out: whether it stands out of its account's others, and why.
with posts as (

    select
        post_key,
        account_key,
        publication_date,
        campaign,
        action_count,
        ln(1 + action_count) as log_actions
    from {{ ref('fct_post') }}
    where kind <> 'reply'

),

middles as (

    select
        account_key,
        count(*) as account_post_count,
        median(log_actions) as log_median
    from posts
    group by account_key

),

spreads as (

    select
        posts.account_key,
        median(abs(posts.log_actions - middles.log_median)) as log_mad
    from posts
    inner join middles on posts.account_key = middles.account_key
    group by posts.account_key

),

scored as (

    select
        posts.*,
        middles.account_post_count,
        exp(middles.log_median) - 1 as median_action_count,
        case
            when middles.account_post_count >= {{ var('outlier_least_posts') }}
                then {{ robust_score('posts.log_actions', 'middles.log_median', 'spreads.log_mad') }}
        end as outlier_score
    from posts
    inner join middles on posts.account_key = middles.account_key
    inner join spreads on posts.account_key = spreads.account_key

),

final as (

    select
        post_key,
        account_key,
        publication_date,
        campaign,
        action_count,
        account_post_count,
        median_action_count,
        outlier_score,
        case
            when campaign is not null then true
            else outlier_score > {{ var('outlier_score') }}
        end as is_outlier,
        {{ list_of_known([
            "case when campaign is not null then 'campaign' end",
            "case when outlier_score > " ~ var('outlier_score') ~ " then 'robust_score' end"
        ]) }} as outlier_reasons
    from scored

)

select * from final
