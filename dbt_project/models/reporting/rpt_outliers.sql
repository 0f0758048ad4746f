-- Grain: one row per post that is an outlier.
with posts as (

    select
        *,
        sum(action_count) over (partition by account_key) as account_action_count
    from {{ ref('fct_post_outlier') }}

),

final as (

    select
        posts.post_key,
        posts.account_key,
        accounts.account_name,
        posts.publication_date,
        details.text,
        details.theme,
        posts.campaign,
        posts.outlier_reasons,
        posts.outlier_score,
        posts.action_count,
        posts.median_action_count,
        {{ ratio('posts.action_count', 'posts.median_action_count') }} as times_median,
        {{ ratio('posts.action_count', 'posts.account_action_count') }} as action_share,
        details.like_count,
        details.share_count,
        details.comment_count
    from posts
    inner join {{ ref('fct_post') }} as details on posts.post_key = details.post_key
    inner join {{ ref('dim_account') }} as accounts on posts.account_key = accounts.account_key
    where posts.is_outlier

)

select * from final
