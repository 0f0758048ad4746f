-- Grain: one row per post that a theme rule matches, with the theme of the first that does.
-- depends_on: {{ ref('int_changed_posts') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_key',
    meta={'touched_by': 'int_changed_posts'}
) }}
with posts as (

    select * from {{ ref('int_posts') }}
    {% if is_incremental() %}
    where {{ is_touched('post_key', 'int_changed_posts') }}
    {% endif %}

),

dates as (

    select * from {{ ref('int_post_dates') }}

),

rules as (

    select * from {{ ref('theme_rules') }}

),

final as (

    select
        posts.post_key,
        min_by(rules.theme, rules.priority) as theme,
        min(rules.priority) as rule_priority
    from posts
    inner join dates on posts.post_key = dates.post_key
    inner join rules on {{ rule_matches('theme_rules', 'rules', 'posts', 'dates.publication_date') }}
    group by posts.post_key

)

select * from final
