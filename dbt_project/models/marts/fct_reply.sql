-- Grain: one row per comment that could be answered: it stands, on a post, and is not the account's own.
-- depends_on: {{ ref('fct_interaction') }}
-- depends_on: {{ ref('int_interaction_changes') }}
-- depends_on: {{ ref('int_touched_comments') }}
-- depends_on: {{ ref('int_touched_conversation_days') }}
-- depends_on: {{ ref('int_touched_threads') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='interaction_hash',
    meta={'touched_by': 'int_touched_comments'},
    on_schema_change='fail',
    pre_hook="{{ sift_touched_threads() }}"
) }}
{% set said_columns = [
    'interaction_key', 'platform', 'account_key', 'post_key', 'actor_key', 'activity_date', 'text', 'language',
    'engagement_class', 'interaction_hash'
] %}
with recursive accounts as (

    select * from {{ ref('dim_account') }}

),

actors as (

    select * from {{ ref('int_account_actors') }}

),

answers as (

    select * from {{ ref('fct_answer') }}

),

-- accounts whose answers would be seen
seen as (

    select account_key from actors
    union
    select responder_account_key as account_key from answers

),

said as (

    select
        {{ said_columns | join(', ') }},
        interacted_at as commented_at
    from {{ ref('int_interaction_changes' if is_incremental() else 'fct_interaction') }}
    where verb = 'comment' and post_key is not null and not is_undone
    {% if is_incremental() %}
    union all
    -- whose answers changed, or thread: what itself is didn't
    select
        {{ said_columns | join(', ') }},
        commented_at
    from {{ this }}
    where
        {{ is_sifted('interaction_hash') }}
        and {{ is_touched('interaction_hash', 'int_touched_comments') }}
        and interaction_key not in (
            select changes.interaction_key from {{ ref('int_interaction_changes') }} as changes
        )
    {% endif %}

),

comments as materialized (

    select said.*
    from said
    where
        not exists (
            select 1 from actors
            where actors.account_key = said.account_key and actors.actor_key = said.actor_key
        )

),

parents as materialized (

    select distinct
        {{ key(['platform', "'comment'", 'answer_id']) }} as answer_key,
        {{ key(['platform', "'comment'", 'answered_id']) }} as answered_key
    from {{ ref('int_sayings') }}
    where
        is_in_thread
        {% if is_incremental() %}
        and {{ is_sifted('answered_hash') }}
        and answered_hash in (select touched.node_hash from {{ ref('int_touched_threads') }} as touched)
        {% endif %}

),

threads as (

    select
        comments.interaction_key,
        parents.answer_key as node_key,
        2 as depth
    from comments
    inner join parents on comments.interaction_key = parents.answered_key
    union all
    select
        threads.interaction_key,
        parents.answer_key as node_key,
        threads.depth + 1 as depth
    from threads
    inner join parents on threads.node_key = parents.answered_key
    -- a reply that names itself as its parent would go on for ever
    where threads.depth < {{ var('deepest_thread') }}

),

depths as (

    select
        interaction_key,
        cast(max(depth) as bigint) as thread_depth,
        count(*) as thread_reply_count
    from threads
    group by interaction_key

),

answered as (

    select
        comments.interaction_key,
        min_by(answers.responder_account_key, answers.answered_at) as answered_by_account_key,
        min(answers.answered_at) as answered_at
    from comments
    inner join answers
        on comments.interaction_key = {{ key(['answers.platform', "'comment'", 'answers.answered_id']) }}
    left join accounts as asked on comments.account_key = asked.account_key
    left join accounts as responders on answers.responder_account_key = responders.account_key
    where
        answers.answered_at >= comments.commented_at
        and (
            answers.responder_account_key = comments.account_key
            or asked.mission = responders.mission
        )
    group by comments.interaction_key

),

final as (

    select
        comments.interaction_key,
        comments.platform,
        comments.account_key,
        comments.post_key,
        comments.actor_key,
        comments.commented_at,
        comments.activity_date,
        comments.text,
        comments.language,
        comments.engagement_class,
        case
            when answered.interaction_key is not null then true
            when seen.account_key is not null then false
        end as is_answered,
        answered.answered_by_account_key,
        answered.answered_at,
        cast({{ seconds_between('comments.commented_at', 'answered.answered_at') }} as bigint) as answer_seconds,
        coalesce(depths.thread_depth, 1) as thread_depth,
        coalesce(depths.thread_reply_count, 0) as thread_reply_count,
        comments.interaction_hash
    from comments
    left join depths on comments.interaction_key = depths.interaction_key
    left join answered on comments.interaction_key = answered.interaction_key
    left join seen on comments.account_key = seen.account_key

)

select * from final
