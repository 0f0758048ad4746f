-- Grain: one row per post or account that so many actors acted on that lockstep can be told there.
{% set rules = lockstep() %}
with targets as (

    select
        target_key,
        any_value(post_key) as post_key,
        count(*) as actor_count
    from {{ ref('int_first_actions') }}
    group by target_key
    having count(*) between {{ rules.least_actors }} and {{ rules.most_actors }}

),

final as (

    select
        targets.target_key,
        targets.actor_count,
        -- whose audience its actors are; one who is followed has one of its own
        coalesce(posts.account_key, targets.target_key) as audience_key
    from targets
    left join {{ ref('int_posts') }} as posts on targets.post_key = posts.post_key

)

select * from final
