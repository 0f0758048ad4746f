-- Grain: one row per account and day on which it published, or somebody did something to it.
with interactions as (

    select
        account_key,
        activity_date,
        {{ count_interactions() }}
    from {{ ref('fct_interaction') }}
    where not is_undone
    group by account_key, activity_date

),

posts as (

    select
        account_key,
        publication_date as activity_date,
        count(*) as post_count
    from {{ ref('dim_post') }}
    where kind <> 'reply'
    group by account_key, publication_date

),

days as (

    select
        account_key,
        activity_date
    from interactions
    union
    select
        account_key,
        activity_date
    from posts

),

final as (

    select
        days.account_key,
        split_part(days.account_key, ':', 1) as platform,
        substr(days.account_key, strpos(days.account_key, ':') + 1) as account_id,
        days.activity_date,
        coalesce(posts.post_count, 0) as post_count,
        {%- for name in measure_names() %}
        coalesce(interactions.{{ name }}, 0) as {{ name }},
        {%- endfor %}
        {{ ratio('coalesce(interactions.action_count, 0)', 'posts.post_count') }} as action_count_per_post,
        -- null: nobody has looked yet, which is not the same as false
        cast(null as boolean) as is_inflated,
        cast(null as varchar[]) as inflation_reasons
    from days
    left join interactions
        on
            days.account_key = interactions.account_key
            and days.activity_date = interactions.activity_date
    left join posts
        on
            days.account_key = posts.account_key
            and days.activity_date = posts.activity_date

)

select * from final
