-- Grain: one row per account and day with two things or more that its ghosts could have been spread over.
-- How many ghosts there are is for other models to say; this one compares where they are with where
-- people are, which in a natural day says nothing of how many there are.
-- depends_on: {{ ref('int_touched_account_days') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['account_key', 'activity_date'],
    meta={'touched_by': 'int_touched_account_days'}
) }}
{% set rules = inflation_rules() %}
with post_days as (

    select daily.*
    from {{ ref('fct_post_engagement_daily') }} as daily
    {% if is_incremental() %}
    inner join {{ ref('int_touched_account_days') }} as touched
        on
            daily.account_key = touched.account_key
            and daily.activity_date = touched.activity_date
    {% endif %}

),

posts as (

    {% for verb in action_verbs() %}
    select
        account_key,
        activity_date,
        post_key,
        '{{ verb }}' as verb,
        {{ verb }}_count_organic + {{ verb }}_count_ghost as assessed_count,
        {{ verb }}_count_ghost as ghost_count
    from post_days
    where account_key is not null and {{ verb }}_count_organic + {{ verb }}_count_ghost > 0
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- a post, a verb, and a verb on a post
places as (

    select
        account_key,
        activity_date,
        post_key,
        verb,
        sum(assessed_count) as assessed_count,
        sum(ghost_count) as ghost_count
    from posts
    group by grouping sets (
        (account_key, activity_date, post_key),
        (account_key, activity_date, verb),
        (account_key, activity_date, post_key, verb)
    )

),

days as (

    select
        account_key,
        activity_date,
        sum(assessed_count) as day_assessed_count,
        sum(ghost_count) as day_ghost_count
    from posts
    group by account_key, activity_date

),

-- as if one ghost more were elsewhere: of none nothing could be expected here
elsewhere as (

    select
        places.*,
        days.day_assessed_count,
        days.day_ghost_count,
        days.day_ghost_count - places.ghost_count + 1.0 as other_ghost_count,
        days.day_assessed_count - places.assessed_count
        + cast(days.day_assessed_count as double) / days.day_ghost_count as other_assessed_count
    from places
    inner join days
        on
            places.account_key = days.account_key
            and places.activity_date = days.activity_date
    where
        days.day_ghost_count > 0
        and places.assessed_count >= {{ rules.least_count }}
        and places.assessed_count < days.day_assessed_count

),

expected as (

    select
        *,
        assessed_count * other_ghost_count / other_assessed_count as expected_count,
        -- the ghosts elsewhere are few, and so is what they say of what to expect here
        {{ rules.share_spread }} + 1 / other_ghost_count as spread
    from elsewhere

),

judged as (

    select
        *,
        {{ negative_binomial_tail('ghost_count', 'expected_count', 'spread') }} as chance
    from expected

),

final as (

    select
        account_key,
        activity_date,
        any_value(day_assessed_count) as assessed_count,
        any_value(day_ghost_count) as ghost_count,
        count(*) as place_count,
        min(chance) filter (where ghost_count >= {{ rules.least_count }}) as least_chance,
        -- where that is; of two places alike the first by name. No post, or no verb: all of them.
        nullif(
            min_by(coalesce(post_key, ''), (chance, coalesce(post_key, ''), coalesce(verb, '')))
            filter (where ghost_count >= {{ rules.least_count }}), ''
        ) as place_post_key,
        nullif(
            min_by(coalesce(verb, ''), (chance, coalesce(post_key, ''), coalesce(verb, '')))
            filter (where ghost_count >= {{ rules.least_count }}), ''
        ) as place_verb,
        {%- for name in ['assessed_count', 'ghost_count', 'expected_count'] %}
        min_by({{ name }}, (chance, coalesce(post_key, ''), coalesce(verb, '')))
        filter (where ghost_count >= {{ rules.least_count }}) as place_{{ name }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from judged
    group by account_key, activity_date

)

select * from final
