-- Grain: one row per follow by an official account that stands, and account in whose name it was.
-- depends_on: {{ ref('fct_interaction') }}
-- depends_on: {{ ref('int_interaction_changes') }}
-- depends_on: {{ ref('int_new_account_actors') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='interaction_hash',
    meta={'touched_by': 'int_interaction_changes', 'touched_where': 'was_there'},
    on_schema_change='fail'
) }}
with found as (

    select
        follows.interaction_hash,
        follows.interaction_key,
        actors.account_key as follower_account_key,
        follows.account_key as followed_account_key,
        follows.interacted_at as followed_at
    from {{ ref('int_interaction_changes' if is_incremental() else 'fct_interaction') }} as follows
    inner join {{ ref('int_account_actors') }} as actors on follows.actor_key = actors.actor_key
    where follows.verb = 'follow' and not follows.is_undone
    {% if is_incremental() %}
    union
    -- what an actor had followed before an account stated that it is its own
    select
        follows.interaction_hash,
        follows.interaction_key,
        actors.account_key as follower_account_key,
        follows.account_key as followed_account_key,
        follows.interacted_at as followed_at
    from {{ ref('fct_interaction') }} as follows
    inner join {{ ref('int_new_account_actors') }} as actors on follows.actor_key = actors.actor_key
    where follows.verb = 'follow' and not follows.is_undone
    {% endif %}

)

select * from found
