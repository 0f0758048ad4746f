-- Grain: one row per answer that an official account gave to a comment or a reply.
-- depends_on: {{ ref('int_touched_answers') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['platform', 'answer_id'],
    meta={'touched_by': 'int_touched_answers'},
    on_schema_change='fail',
    pre_hook="{{ sift_touched_sayings(answering_verbs()) }}"
) }}
with actors as (

    select * from {{ ref('int_account_actors') }}

),

interactions as (

    select * from {{ ref('fct_interaction') }}
    where
        {{ is_answering() }} and parent_id is not null and not is_undone
        {% if is_incremental() %} and {{ is_touched_saying(answering_verbs()) }}{% endif %}

),

posts as (

    select * from {{ ref('dim_post') }}
    where
        kind = 'reply' and in_reply_to is not null and deleted_at is null
        {% if is_incremental() %} and {{ is_touched_answer('post_id') }}{% endif %}

),

found as (

    select
        interactions.platform,
        interactions.interaction_id as answer_id,
        actors.account_key as responder_account_key,
        interactions.parent_id as answered_id,
        interactions.interacted_at as answered_at,
        'interaction' as answer_kind
    from interactions
    inner join actors on interactions.actor_key = actors.actor_key
    union all
    select
        platform,
        post_id as answer_id,
        account_key as responder_account_key,
        in_reply_to as answered_id,
        published_at as answered_at,
        'post' as answer_kind
    from posts

),

-- a collector may see one answer as a post and as an interaction
final as (

    {{ first_of_each(
        'found', ['platform', 'answer_id'],
        ['answer_kind desc', 'responder_account_key asc', 'answered_id asc']
    ) }}

)

select * from final
