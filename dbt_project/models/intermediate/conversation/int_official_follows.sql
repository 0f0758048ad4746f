-- Grain: one row per follow by an official account that stands, and account in whose name it was.
-- depends_on: {{ ref('int_follows') }}
-- depends_on: {{ ref('int_account_actors') }}
-- depends_on: {{ ref('int_interaction_changes') }}
-- depends_on: {{ ref('int_new_account_actors') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='interaction_hash',
    meta={'touched_by': 'int_interaction_changes', 'touched_where': 'was_there'},
    on_schema_change='fail'
) }}
-- what changed, and what an actor had followed before an account stated that it is its own
{% set places = {
    'int_interaction_changes': 'int_account_actors', 'int_follows': 'int_new_account_actors'
} if is_incremental() else {'int_follows': 'int_account_actors'} %}
{% for said, actors in places.items() %}
select
    follows.interaction_hash,
    follows.interaction_key,
    actors.account_key as follower_account_key,
    follows.account_key as followed_account_key,
    follows.interacted_at as followed_at
from {{ ref(said) }} as follows
inner join {{ ref(actors) }} as actors on follows.actor_key = actors.actor_key
{%- if said == 'int_interaction_changes' %}
where follows.verb = 'follow' and not follows.is_undone
{%- endif %}
{{ 'union' if not loop.last }}
{% endfor %}
