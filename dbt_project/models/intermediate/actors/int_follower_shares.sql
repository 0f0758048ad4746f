-- Grain: one row per official account and day on which somebody began to follow it: its followers so far.
-- Only follows that stand and were seen as events; whoever followed before we looked is unassessed.
{% set known = ghost_constants() %}
{% set weight = ghost_share_weight('profiles.ghost_score') if known else '0' %}
{% set doubt = ghost_share_doubt('profiles.ghost_score', 'profiles.posts') if known else '0' %}
with follows as (

    select
        interactions.account_key,
        interactions.activity_date,
        count(*) as follow_count,
        count(profiles.ghost_score) as assessed_count,
        -- rounded: a sum of fractions depends on the order that threads add them in
        round(coalesce(sum({{ weight }}), 0), 9) as weight,
        round(coalesce(sum({{ doubt }}), 0), 9) as doubt
    from {{ ref('fct_interaction') }} as interactions
    left join {{ ref('int_actor_profiles') }} as profiles on interactions.actor_key = profiles.actor_key
    where interactions.verb = 'follow' and not interactions.is_undone
    group by interactions.account_key, interactions.activity_date

),

so_far as (

    select
        account_key,
        activity_date,
        sum(assessed_count) over days as assessed_count,
        sum(weight) over days as weight,
        sum(doubt) over days as doubt
    from follows
    window days as (partition by account_key order by activity_date)

),

averaged as (

    select
        account_key,
        activity_date,
        cast(assessed_count as bigint) as assessed_count,
        weight / nullif(assessed_count, 0) as mean_weight,
        doubt / nullif(assessed_count, 0) as mean_doubt
    from so_far

)

select
    account_key,
    activity_date,
    assessed_count,
    {{ ghost_share() if known else '0 as ghost_share, 0 as ghost_share_low, 0 as ghost_share_high' }}
from averaged
