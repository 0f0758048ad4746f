-- Grain: one row per post and day on which somebody did something to it.
-- depends_on: {{ ref('int_touched_post_days') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['post_key', 'activity_date'],
    meta={'touched_by': 'int_touched_post_days'},
    on_schema_change='fail'
) }}
with changes as (

    select
        post_key,
        activity_date,
        {{ count_changes() }}
    from {{ ref('int_engagement_changes') }}
    where post_key is not null
    group by post_key, activity_date

),

counted as (

    select * from changes
    {% if is_incremental() %}
    union all
    select
        standing.post_key,
        standing.activity_date,
        {{ measures_of('standing') }}
    from {{ this }} as standing
    inner join {{ ref('int_touched_post_days') }} as touched
        on
            standing.post_key = touched.post_key
            and standing.activity_date = touched.activity_date
    {% endif %}

),

summed as (

    select
        counted.post_key,
        counted.activity_date,
        {{ sum_measures('counted') }}
    from counted
    group by counted.post_key, counted.activity_date

),

final as (

    select
        summed.post_key,
        posts.account_key,
        summed.activity_date,
        posts.publication_date,
        {{ measures_of('summed') }}
    from summed
    left join {{ ref('int_targets') }} as posts
        on
            summed.post_key = posts.target_key
            and posts.target_type = 'post'
    where summed.action_count + summed.follow_count > 0

)

select * from final
