-- Grain: one row per post: what was counted of it beside what its platform stated, and why they differ.
-- depends_on: {{ ref('int_touched_posts') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_key',
    meta={'touched_by': 'int_touched_posts'},
    on_schema_change='fail'
) }}
{% set verbs = reconciled_verbs() %}
with posts as (

    select
        posts.*,
        {{ date_in_span('posts.stated_at', 'calendars') }} as stated_date
    from {{ ref('fct_post') }} as posts
    inner join {{ ref('int_targets') }} as targets
        on posts.post_key = targets.target_key and targets.target_type = 'post'
    -- a post without counters has no instant to look for
    left join {{ ref('int_calendars') }} as calendars
        on targets.calendar = calendars.calendar and {{ is_in_span('posts.stated_at', 'calendars') }}
    {% if is_incremental() %}
    where {{ is_touched('posts.post_key', 'int_touched_posts') }}
    {% endif %}

),

trails as (

    select * from {{ ref('int_counter_trails') }}

),

later as (

    -- on days after that of the last statement, which can't know of it
    select
        {%- for verb in verbs %}
        sum({{ counted_of(verb, 'daily') }}) as later_{{ verb }}_count,
        {%- endfor %}
        daily.post_key
    from {{ ref('fct_post_engagement_daily') }} as daily
    inner join posts on daily.post_key = posts.post_key
    where daily.activity_date > posts.stated_date
    group by daily.post_key

),

joined as (

    select
        posts.*,
        trails.first_stated_at,
        {%- for verb in verbs %}
        {{ counted_of(verb, 'posts') }} as counted_{{ verb }}_count,
        trails.highest_stated_{{ verb }}_count,
        coalesce(trails.{{ verb }}_drop_count, 0) as {{ verb }}_drop_count,
        coalesce(later.later_{{ verb }}_count, 0) as later_{{ verb }}_count,
        {%- endfor %}
        coalesce(trails.statement_count, 0) as statement_count,
        coalesce(trails.repeated_statement_count, 0) as repeated_statement_count
    from posts
    left join trails on posts.post_key = trails.post_key
    left join later on posts.post_key = later.post_key

),

final as (

    select
        post_key,
        account_key,
        platform,
        publication_date,
        last_activity_date,
        first_stated_at,
        stated_at,
        {%- for verb in verbs %}
        counted_{{ verb }}_count,
        stated_{{ verb }}_count,
        highest_stated_{{ verb }}_count,
        {{ verb }}_drop_count,
        {{ ratio('counted_' ~ verb ~ '_count', 'stated_' ~ verb ~ '_count') }} as {{ verb }}_coverage,
        {{ reconciliation_reason(verb) }} as {{ verb }}_reason,
        {%- endfor %}
        statement_count,
        repeated_statement_count
    from joined

)

select * from final
