-- Grain: one row per comment whose answers, thread or self may differ from when the last build ended, by its
-- hash. Add a source, not a window. Some are no comments: what is answered may be a post, or never collected.
-- depends_on: {{ ref('fct_answer') }}
-- depends_on: {{ ref('int_account_actors') }}
-- depends_on: {{ ref('int_interaction_changes') }}
-- depends_on: {{ ref('int_new_account_actors') }}
-- depends_on: {{ ref('int_sayings') }}
-- depends_on: {{ ref('int_target_changes') }}
-- depends_on: {{ ref('int_touched_answers') }}
{% set standing_replies = standing('marts', 'fct_reply') %}
{% set standing_conversations = standing('reporting', 'rpt_conversation') %}
{% if not is_delta() or standing_replies is none or standing_conversations is none %}
select {{ hash64(["''"]) }} as interaction_hash
where false
{% else %}
with recursive touched as (

    select * from {{ ref('int_touched_answers') }}

),

-- observed for the first time: its mission answers for it, and it for its mission
new_accounts as (

    select target_key as account_key
    from {{ ref('int_target_changes') }}
    where target_type = 'account'
    union
    select account_key from {{ ref('int_new_account_actors') }}

),

links as (

    select
        answer_hash,
        answered_hash
    from {{ ref('int_sayings') }}
    where is_in_thread
    union all
    select
        answer_hash,
        was_answered_hash as answered_hash
    from touched
    where was_answered_hash is not null

),

-- what was answered otherwise before, or is now, and all that this hangs below
above as (

    select was_answered_hash as interaction_hash
    from touched
    where was_answered_hash is not null
    union
    select said.answered_hash as interaction_hash
    from {{ ref('int_sayings') }} as said
    inner join touched on said.answer_hash = touched.answer_hash
    union
    select {{ comment_hash('answered_id') }} as interaction_hash
    from {{ ref('fct_answer') }}
    where responder_account_key in (select new_accounts.account_key from new_accounts)

),

threads as (

    select interaction_hash from above
    union
    select links.answered_hash as interaction_hash
    from threads
    inner join links on threads.interaction_hash = links.answer_hash

),

-- accounts of which no answer would have been seen, and now would, or the other way round
seen as (

    select account_key from {{ ref('int_account_actors') }}
    union
    select responder_account_key as account_key from {{ ref('fct_answer') }}

),

accounts as (

    select were.account_key
    from {{ standing_conversations }} as were
    left join seen on were.account_key = seen.account_key
    where
        were.period = 'all'
        and case
            when seen.account_key is null then were.unanswered_comment_count > 0
            else
                were.comment_count
                > coalesce(were.answered_comment_count, 0) + coalesce(were.unanswered_comment_count, 0)
        end
    union
    select account_key from new_accounts

),

final as (

    select interaction_hash from threads
    union
    select interaction_hash
    from {{ ref('int_interaction_changes') }}
    where verb = 'comment'
    union
    select interaction_hash
    from {{ standing_replies }}
    where account_key in (select accounts.account_key from accounts)

)

select interaction_hash from final
{% endif %}
