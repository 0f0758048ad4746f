-- Grain: one row per post, with all that was counted of it and what its platform last stated.
with posts as (

    select * from {{ ref('dim_post') }}

),

daily as (

    select * from {{ ref('fct_post_engagement_daily') }}

),

counted as (

    select
        daily.post_key,
        min(daily.activity_date) as first_activity_date,
        max(daily.activity_date) as last_activity_date,
        {{ sum_measures('daily') }}
    from daily
    group by daily.post_key

),

stated as (

    select
        {{ key(['platform', 'post_id']) }} as post_key,
        observed_at as stated_at,
        likes,
        shares,
        comments,
        views
    from {{ ref('stg_counters') }}
    qualify row_number() over (
        partition by platform, post_id
        order by observed_at desc, event_source asc, event_id asc
    ) = 1

),

final as (

    select
        posts.post_key,
        posts.account_key,
        posts.platform,
        posts.post_id,
        posts.account_id,
        posts.published_at,
        posts.publication_date,
        posts.text,
        posts.language,
        posts.theme,
        posts.kind,
        posts.campaign,
        counted.first_activity_date,
        counted.last_activity_date,
        {%- for name in measure_names() %}
        coalesce(counted.{{ name }}, 0) as {{ name }},
        {%- endfor %}
        stated.likes as stated_like_count,
        stated.shares as stated_share_count,
        stated.comments as stated_comment_count,
        stated.views as stated_view_count,
        stated.stated_at
    from posts
    left join counted on posts.post_key = counted.post_key
    left join stated on posts.post_key = stated.post_key

)

select * from final
