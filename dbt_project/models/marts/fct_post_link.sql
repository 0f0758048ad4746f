-- Grain: one row per post and address that it links to.
with posts as (

    select
        post_key,
        account_key,
        publication_date,
        {{ each_of('array_distinct(links)') }} as address
    from {{ ref('dim_post') }}
    where links is not null

),

clicks as (

    select
        {{ key(['platform', 'post_id']) }} as post_key,
        max_by(link_clicks, observed_at) as stated_link_click_count
    from {{ ref('stg_counters') }}
    where link_clicks is not null
    group by platform, post_id

),

stated as (

    select
        post_key,
        stated_view_count
    from {{ ref('fct_post') }}

),

final as (

    select
        posts.post_key,
        posts.account_key,
        posts.publication_date,
        posts.address,
        lower(regexp_extract(posts.address, '^[A-Za-z]+://([^/?#]+)', 1)) as host,
        count(*) over (partition by posts.post_key) as link_count,
        stated.stated_view_count,
        clicks.stated_link_click_count
    from posts
    left join stated on posts.post_key = stated.post_key
    left join clicks on posts.post_key = clicks.post_key

)

select * from final
