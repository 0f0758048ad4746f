-- Grain: one row per post or account that so many actors acted on that lockstep can be told there.
-- depends_on: {{ ref('int_touched_lockstep_targets') }}
-- depends_on: {{ ref('int_earlier_lockstep_actions') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='target_number',
    meta={'touched_by': 'int_touched_lockstep_targets'},
    on_schema_change='fail'
) }}
{% set rules = lockstep() %}
with acted as (

    {{ first_actions_to_look_at() }}

),

targets as (

    select
        target_number,
        count(*) as actor_count
    from acted
    group by target_number
    having count(*) between {{ rules.least_actors }} and {{ rules.most_actors }}

),

final as (

    select
        targets.target_number,
        numbers.key as target_key,
        numbers.post_key,
        targets.actor_count,
        -- whose audience its actors are; one who is followed has one of its own
        coalesce(accounts.number, targets.target_number) as audience_number
    from targets
    inner join {{ ref('int_key_numbers') }} as numbers on targets.target_number = numbers.number
    left join {{ ref('int_posts') }} as posts on numbers.post_key = posts.post_key
    left join {{ ref('int_key_numbers') }} as accounts
        on
            posts.account_key = accounts.key
            and accounts.kind = 'account'

)

select * from final
