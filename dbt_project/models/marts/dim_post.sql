-- Grain: one row per post.
with posts as (

    select * from {{ ref('int_posts') }}

),

dates as (

    select * from {{ ref('int_post_dates') }}

),

themes as (

    select * from {{ ref('int_post_themes') }}

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
        dates.campaign,
        dates.campaign_source,
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
