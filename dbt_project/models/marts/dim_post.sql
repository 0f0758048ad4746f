-- Grain: one row per post.
with posts as (

    select * from {{ ref('int_posts') }}

),

dates as (

    select * from {{ ref('int_post_dates') }}

),

rules as (

    select * from {{ ref('theme_rules') }}

),

themes as (

    select
        posts.post_key,
        -- the first rule that matches names the theme
        arg_min(rules.theme, rules.priority) as theme
    from posts
    inner join rules
        on
            list_contains(posts.hashtags, rules.keyword)
            or contains(posts.text, rules.keyword)
    group by posts.post_key

),

final as (

    select
        posts.post_key,
        posts.account_key,
        posts.platform,
        posts.post_id,
        posts.account_id,
        posts.published_at,
        dates.publication_date,
        posts.text,
        posts.language,
        themes.theme,
        posts.kind,
        posts.in_reply_to,
        posts.shared_post_id,
        posts.campaign,
        posts.hashtags,
        posts.links,
        posts.media,
        posts.edited_at,
        posts.deleted_at
    from posts
    inner join dates on posts.post_key = dates.post_key
    left join themes on posts.post_key = themes.post_key

)

select * from final
