-- Grain: one row per post, with all that was counted of it and what its platform last stated.
-- depends_on: {{ ref('int_touched_posts') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_key',
    meta={'touched_by': 'int_touched_posts'},
    on_schema_change='fail'
) }}
with posts as (

    select * from {{ ref('dim_post') }}
    {% if is_incremental() %}
    where {{ is_touched('post_key', 'int_touched_posts') }}
    {% endif %}

),

counted as (

    select
        daily.post_key,
        min(daily.activity_date) as first_activity_date,
        max(daily.activity_date) as last_activity_date,
        {{ sum_measures('daily') }}
    from {{ ref('fct_post_engagement_daily') }} as daily
    {% if is_incremental() %}
    where {{ is_touched('daily.post_key', 'int_touched_posts') }}
    {% endif %}
    group by daily.post_key

),

stated as (

    select * from {{ ref('int_post_counters') }}

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
        posts.publication_hour,
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
        stated.stated_like_count,
        stated.stated_share_count,
        stated.stated_comment_count,
        stated.stated_view_count,
        stated.stated_at
    from posts
    left join counted on posts.post_key = counted.post_key
    left join stated on posts.post_key = stated.post_key

)

select * from final
