-- Grain: one row per official account and day on which somebody began to follow it: the followers of that day.
-- Only follows that stand and were seen as events; whoever followed before we looked is unassessed.
-- depends_on: {{ ref('int_touched_follower_days') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['account_key', 'activity_date'],
    meta={'touched_by': 'int_touched_follower_days'}
) }}
{% set known = ghost_constants() %}
{% set weight = ghost_share_weight('profiles.ghost_score') if known else '0' %}
{% set doubt = ghost_share_doubt('profiles.ghost_score', 'profiles.posts') if known else '0' %}
select
    follows.account_key,
    follows.activity_date,
    count(profiles.ghost_score) as assessed_count,
    -- rounded: a sum of fractions depends on the order that threads add them in
    round(coalesce(sum({{ weight }}), 0), 9) as weight,
    round(coalesce(sum({{ doubt }}), 0), 9) as doubt
from {{ ref('int_follows') }} as follows
{% if is_incremental() %}
inner join {{ ref('int_touched_follower_days') }} as touched
    on
        follows.account_key = touched.account_key
        and follows.activity_date = touched.activity_date
{% endif %}
left join {{ ref('int_actor_profiles') }} as profiles on follows.actor_key = profiles.actor_key
group by follows.account_key, follows.activity_date
