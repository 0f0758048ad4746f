-- Grain: one row per answer that an official account gave to a comment or a reply.
-- depends_on: {{ ref('int_touched_answers') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['platform', 'answer_id'],
    meta={'touched_by': 'int_touched_answers'},
    on_schema_change='fail',
    pre_hook="{{ sift_touched_answers() }}"
) }}
with actors as (

    select * from {{ ref('int_account_actors') }}

),

said as (

    select * from {{ ref('int_sayings') }}
    {% if is_incremental() %}
    where
        {{ is_sifted('answer_hash') }}
        and {{ is_touched('answer_hash', 'int_touched_answers') }}
    {% endif %}

),

found as (

    select
        said.platform,
        said.answer_id,
        actors.account_key as responder_account_key,
        said.answered_id,
        said.answered_at,
        'interaction' as answer_kind
    from said
    inner join actors on said.actor_key = actors.actor_key
    union all
    select
        platform,
        answer_id,
        account_key as responder_account_key,
        answered_id,
        answered_at,
        'post' as answer_kind
    from said
    where verb = 'post'

),

-- a collector may see one answer as a post and as an interaction
final as (

    {{ first_of_each(
        'found', ['platform', 'answer_id'],
        ['answer_kind desc', 'responder_account_key asc', 'answered_id asc']
    ) }}

)

select * from final
