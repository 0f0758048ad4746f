-- Grain: one row per account and day on which it published, or somebody did something to it.
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['account_key', 'activity_date'],
    meta={'touched_by': 'int_touched_account_days'},
    on_schema_change='fail'
) }}
with touched as (

    select
        account_key,
        activity_date
    from {{ ref('int_touched_account_days') }}

),

changes as (

    select
        account_key,
        activity_date,
        {{ count_changes() }}
    from {{ ref('int_engagement_changes') }}
    where account_key is not null
    group by account_key, activity_date

),

counted as (

    select * from changes
    {% if is_incremental() %}
    union all
    select
        standing.account_key,
        standing.activity_date,
        {{ measures_of('standing') }}
    from {{ this }} as standing
    inner join touched
        on
            standing.account_key = touched.account_key
            and standing.activity_date = touched.activity_date
    {% endif %}

),

interactions as (

    select
        counted.account_key,
        counted.activity_date,
        {{ sum_measures('counted') }}
    from counted
    group by counted.account_key, counted.activity_date

),

posts as (

    select
        targets.account_key,
        targets.publication_date as activity_date,
        count(*) as post_count
    from {{ ref('int_targets') }} as targets
    {% if is_incremental() %}
    inner join touched
        on
            targets.account_key = touched.account_key
            and targets.publication_date = touched.activity_date
    {% endif %}
    where targets.target_type = 'post' and targets.kind <> 'reply'
    group by targets.account_key, targets.publication_date

),

days as (

    select
        account_key,
        activity_date
    from interactions
    where action_count + follow_count > 0
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
        {{ id_in('days.account_key') }} as account_id,
        days.activity_date,
        coalesce(posts.post_count, 0) as post_count,
        {%- for name in measure_names() %}
        coalesce(interactions.{{ name }}, 0) as {{ name }},
        {%- endfor %}
        {{ ratio('coalesce(interactions.action_count, 0)', 'posts.post_count') }} as action_count_per_post
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
