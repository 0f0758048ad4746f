-- Grain: one row per account, dimension (theme, language, weekday, hour, kind) and value of it.
{% set dimensions = {
    'theme': "coalesce(fct_post.theme, 'unmatched')",
    'language': "coalesce(fct_post.language, 'unknown')",
    'weekday': "dayname(fct_post.publication_date)",
    'hour': "lpad(cast(fct_post.publication_hour as varchar), 2, '0')",
    'kind': 'fct_post.kind',
} %}
{% set verbs = ['like', 'share', 'comment', 'action'] %}
with posts as (

    select
        fct_post.account_key,
        {%- for dimension, value in dimensions.items() %}
        {{ value }} as post_{{ dimension }},
        {%- endfor %}
        {%- for verb in verbs %}
        fct_post.{{ verb }}_count,
        {%- endfor %}
        coalesce(outliers.is_outlier, false) as stands_out
    from {{ ref('fct_post') }} as fct_post
    inner join {{ ref('dim_account') }} as accounts on fct_post.account_key = accounts.account_key
    inner join {{ ref('fct_post_outlier') }} as outliers on fct_post.post_key = outliers.post_key

),

summed as (

    select
        account_key,
        case
            {%- for dimension in dimensions %}
            when grouping(post_{{ dimension }}) = 0 then '{{ dimension }}'
            {%- endfor %}
        end as dimension,
        coalesce(
            {%- for dimension in dimensions %}
            post_{{ dimension }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as value,
        count(*) as post_count,
        count(*) filter (where stands_out) as outlier_post_count,
        {%- for verb in verbs %}
        cast(sum({{ verb }}_count) as bigint) as {{ verb }}_count,
        {%- endfor %}
        cast(coalesce(sum(action_count) filter (where not stands_out), 0) as bigint)
            as action_count_without_outliers,
        median(action_count) as median_action_count
    from posts
    group by grouping sets (
        {%- for dimension in dimensions %}
        (account_key, post_{{ dimension }}){{ ',' if not loop.last }}
        {%- endfor %}
    )

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
