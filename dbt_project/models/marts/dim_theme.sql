-- Grain: one row per theme that a rule names.
with rules as (

    select * from {{ ref('theme_rules') }}

),

named as (

    select
        theme,
        min(priority) as first_priority,
        count(*) as rule_count
    from rules
    group by theme

),

posts as (

    select
        theme,
        count(*) as post_count,
        min(publication_date) as first_publication_date,
        max(publication_date) as last_publication_date
    from {{ ref('dim_post') }}
    where kind <> 'reply'
    group by theme

),

final as (

    select
        named.theme,
        named.first_priority,
        named.rule_count,
        coalesce(posts.post_count, 0) as post_count,
        posts.first_publication_date,
        posts.last_publication_date
    from named
    left join posts on named.theme = posts.theme

)

select * from final
