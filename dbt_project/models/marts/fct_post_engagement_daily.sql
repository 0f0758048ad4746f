-- Grain: one row per post and day on which somebody did something to it.
with interactions as (

    select * from {{ ref('fct_interaction') }}
    where post_key is not null and not is_undone

),

final as (

    select
        post_key,
        any_value(account_key) as account_key,
        activity_date,
        any_value(publication_date) as publication_date,
        {{ count_interactions() }}
    from interactions
    group by post_key, activity_date

)

select * from final
