-- Grain: one row per comment whose answers, thread or self may differ from when the last build ended.
-- Add a source, not a window. Some are no comments: what is answered may be a post, or never collected.
-- depends_on: {{ ref('fct_answer') }}
-- depends_on: {{ ref('fct_interaction') }}
-- depends_on: {{ ref('int_account_actors') }}
-- depends_on: {{ ref('int_interaction_changes') }}
-- depends_on: {{ ref('int_new_account_actors') }}
-- depends_on: {{ ref('int_target_changes') }}
-- depends_on: {{ ref('int_thread_parents') }}
-- depends_on: {{ ref('int_touched_answers') }}
{% set standing_replies = standing('marts', 'fct_reply') %}
{% if not is_delta() or standing_replies is none %}
select
    cast(null as varchar) as platform,
    cast(null as varchar) as comment_id,
    cast(null as varchar) as interaction_key,
    {{ hash64(["''"]) }} as interaction_hash
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
        platform,
        answer_id,
        answered_id
    from {{ ref('int_thread_parents') }}
    union all
    select
        platform,
        answer_id,
        was_answered_id as answered_id
    from touched
    where was_answered_id is not null

),

-- what was answered otherwise before, or is now, and all that this hangs below
above as (

    select
        platform,
        was_answered_id as comment_id
    from touched
    where was_answered_id is not null
    union
    select
        answers.platform,
        answers.answered_id as comment_id
    from {{ ref('fct_answer') }} as answers
    inner join touched on answers.platform = touched.platform and answers.answer_id = touched.answer_id
    union
    select
        answers.platform,
        answers.answered_id as comment_id
    from {{ ref('fct_answer') }} as answers
    where answers.responder_account_key in (select new_accounts.account_key from new_accounts)
    union
    select
        links.platform,
        links.answered_id as comment_id
    from links
    inner join touched on links.platform = touched.platform and links.answer_id = touched.answer_id

),

threads as (

    select * from above
    union
    select
        links.platform,
        links.answered_id as comment_id
    from threads
    inner join links on threads.platform = links.platform and threads.comment_id = links.answer_id

),

-- accounts of which no answer would have been seen, and now would, or the other way round
seen as (

    select account_key from {{ ref('int_account_actors') }}
    union
    select responder_account_key as account_key from {{ ref('fct_answer') }}

),

was_seen as (

    select
        account_key,
        bool_or(not is_answered) as was_seen,
        bool_or(is_answered is null) as was_unseen
    from {{ standing_replies }}
    group by account_key

),

accounts as (

    select was_seen.account_key
    from was_seen
    left join seen on was_seen.account_key = seen.account_key
    where
        (seen.account_key is null and was_seen.was_seen)
        or (seen.account_key is not null and was_seen.was_unseen)
    union
    select account_key from new_accounts

),

final as (

    select
        platform,
        comment_id
    from threads
    union
    select
        platform,
        interaction_id as comment_id
    from {{ ref('int_interaction_changes') }}
    where verb = 'comment'
    union
    select
        platform,
        interaction_id as comment_id
    from {{ ref('fct_interaction') }}
    where verb = 'comment' and account_key in (select accounts.account_key from accounts)

)

select
    platform,
    comment_id,
    {{ key(['platform', "'comment'", 'comment_id']) }} as interaction_key,
    {{ hash64(['platform', "'comment'", 'comment_id']) }} as interaction_hash
from final
{% endif %}
