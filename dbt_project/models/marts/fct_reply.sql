-- Grain: one row per comment that could be answered: it stands, on a post, and is not the account's own.
-- depends_on: {{ ref('int_touched_comments') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='interaction_key',
    meta={'touched_by': 'int_touched_comments'},
    on_schema_change='fail',
    pre_hook="{{ sift_touched_comments() }}"
) }}
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

comments as materialized (

    select said.*
    from {{ ref('fct_interaction') }} as said
    where
        said.verb = 'comment'
        and said.post_key is not null
        and not said.is_undone
        and not exists (
            select 1 from actors
            where actors.account_key = said.account_key and actors.actor_key = said.actor_key
        )
        {% if is_incremental() %}
        and {{ is_sifted('said.interaction_hash') }}
        and {{ is_touched('said.interaction_hash', 'int_touched_comments') }}
        and {{ is_touched('said.interaction_key', 'int_touched_comments') }}
        {% endif %}

),

parents as (

    select * from {{ ref('int_thread_parents') }}

),

threads as (

    select
        comments.interaction_key,
        parents.platform,
        parents.answer_id as node_id,
        2 as depth
    from comments
    inner join parents on comments.platform = parents.platform and comments.interaction_id = parents.answered_id
    union all
    select
        threads.interaction_key,
        parents.platform,
        parents.answer_id as node_id,
        threads.depth + 1 as depth
    from threads
    inner join parents on threads.platform = parents.platform and threads.node_id = parents.answered_id
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
        on comments.platform = answers.platform and comments.interaction_id = answers.answered_id
    left join accounts as asked on comments.account_key = asked.account_key
    left join accounts as responders on answers.responder_account_key = responders.account_key
    where
        answers.answered_at >= comments.interacted_at
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
        comments.interacted_at as commented_at,
        comments.activity_date,
        comments.language,
        comments.engagement_class,
        case
            when answered.interaction_key is not null then true
            when seen.account_key is not null then false
        end as is_answered,
        answered.answered_by_account_key,
        answered.answered_at,
        cast({{ seconds_between('comments.interacted_at', 'answered.answered_at') }} as bigint) as answer_seconds,
        coalesce(depths.thread_depth, 1) as thread_depth,
        coalesce(depths.thread_reply_count, 0) as thread_reply_count
    from comments
    left join depths on comments.interaction_key = depths.interaction_key
    left join answered on comments.interaction_key = answered.interaction_key
    left join seen on comments.account_key = seen.account_key

)

select * from final
