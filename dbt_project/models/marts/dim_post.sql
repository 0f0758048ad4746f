-- Grain: one row per post.
-- depends_on: {{ ref('int_changed_posts') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_key',
    meta={'touched_by': 'int_changed_posts'},
    on_schema_change='fail'
) }}
with posts as (

    select * from {{ ref('int_posts') }}
    {% if is_incremental() %}
    where {{ is_touched('post_key', 'int_changed_posts') }}
    {% endif %}

),

dates as (

    select * from {{ ref('int_targets') }}
    where target_type = 'post'

),

hours as (

    select
        post_key,
        publication_hour
    from {{ ref('int_post_dates') }}

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
        hours.publication_hour,
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
    inner join dates on posts.post_key = dates.target_key
    inner join hours on posts.post_key = hours.post_key
    left join themes on posts.post_key = themes.post_key

)

select * from final
