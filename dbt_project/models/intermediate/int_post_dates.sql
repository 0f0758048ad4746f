-- Grain: one row per post, with its account's zone and its publication date there.
with posts as (

    select * from {{ ref('int_posts') }}

),

accounts as (

    select * from {{ ref('int_accounts') }}

),

platforms as (

    select * from {{ ref('platforms') }}

),

zoned as (

    select
        posts.post_key,
        posts.account_key,
        posts.published_at,
        posts.campaign,
        -- a foreign account has its platform's zone; the gate closes on it anyway
        coalesce(accounts.time_zone, platforms.default_time_zone, 'UTC') as time_zone
    from posts
    left join accounts on posts.account_key = accounts.account_key
    left join platforms on posts.platform = platforms.platform

),

final as (

    select
        post_key,
        account_key,
        campaign,
        time_zone,
        {{ local_date('published_at', 'time_zone') }} as publication_date
    from zoned

)

select * from final
