-- Grain: one row per post of which its platform stated counters: what it stated last.
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='post_key') }}
with landed as (

    select
        post_key,
        observed_at as stated_at,
        likes as stated_like_count,
        shares as stated_share_count,
        comments as stated_comment_count,
        views as stated_view_count
    from {{ ref('stg_counters') }}
    {% if is_incremental() %} where {{ landed_since_last_build() }}{% endif %}

),

known as (

    select * from landed
    {% if is_incremental() %}
    union all
    select * from {{ this }}
    where post_key in (select landed.post_key from landed)
    {% endif %}

),

final as (

    {{ first_of_each('known', ['post_key'], [
        'stated_at desc', 'stated_like_count desc nulls last', 'stated_share_count desc nulls last',
        'stated_comment_count desc nulls last', 'stated_view_count desc nulls last'
    ]) }}

)

select * from final
