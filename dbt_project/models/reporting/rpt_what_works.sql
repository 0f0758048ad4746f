-- Grain: one row per account, dimension (theme, language, weekday, hour, kind) and value of it.
{% set dimensions = {
    'theme': "coalesce(theme, 'unmatched')",
    'language': "coalesce(language, 'unknown')",
    'weekday': "weekday_name",
    'hour': "lpad(cast(local_hour as varchar), 2, '0')",
    'kind': 'kind',
} %}
with posts as (

    select
        fct_post.*,
        dayname(fct_post.publication_date) as weekday_name,
        {{ local_hour('fct_post.published_at', 'calendars.time_zone') }} as local_hour,
        coalesce(outliers.is_outlier, false) as stands_out
    from {{ ref('fct_post') }} as fct_post
    inner join {{ ref('dim_account') }} as accounts on fct_post.account_key = accounts.account_key
    inner join {{ ref('dim_calendar') }} as calendars
        on accounts.calendar = calendars.calendar and {{ is_in_span('fct_post.published_at', 'calendars') }}
    inner join {{ ref('fct_post_outlier') }} as outliers on fct_post.post_key = outliers.post_key

),

valued as (

    {%- for dimension, value in dimensions.items() %}
    select *, '{{ dimension }}' as dimension, {{ value }} as value from posts
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

summed as (

    select
        account_key,
        dimension,
        value,
        count(*) as post_count,
        count(*) filter (where stands_out) as outlier_post_count,
        {%- for verb in ['like', 'share', 'comment', 'action'] %}
        cast(sum({{ verb }}_count) as bigint) as {{ verb }}_count,
        {%- endfor %}
        cast(coalesce(sum(action_count) filter (where not stands_out), 0) as bigint)
            as action_count_without_outliers,
        median(action_count) as median_action_count
    from valued
    group by account_key, dimension, value

),

final as (

    select
        *,
        {{ ratio('post_count', 'sum(post_count) over (partition by account_key, dimension)') }} as post_share,
        {{ ratio('action_count', 'post_count') }} as action_count_per_post,
        {{ ratio('action_count_without_outliers', 'post_count - outlier_post_count') }}
            as action_count_per_post_without_outliers
    from summed

)

select * from final
