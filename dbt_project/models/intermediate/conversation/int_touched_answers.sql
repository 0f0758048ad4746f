-- Grain: one row per comment, reply, quote or post that may answer otherwise than when the last build
-- ended, and each thing that it answered then; null where it answered nothing.
-- depends_on: {{ ref('int_interaction_changes') }}
-- depends_on: {{ ref('int_new_account_actors') }}
-- depends_on: {{ ref('stg_posts') }}
{% set standing_sayings = standing('intermediate', 'int_sayings') %}
{% if not is_delta() or standing_sayings is none %}
select
    cast(null as varchar) as platform,
    cast(null as varchar) as answer_id,
    {{ hash64(["''"]) }} as answer_hash,
    {{ hash64(["''"]) }} as was_answered_hash
where false
{% else %}
with said as (

    select
        platform,
        interaction_id as answer_id
    from {{ ref('int_interaction_changes') }}
    where {{ is_answering() }}
    union
    select
        platform,
        post_id as answer_id
    from {{ ref('stg_posts') }}
    where {{ landed_since_last_build() }}
    union
    -- what an account had said before it stated as whom it speaks
    select
        platform,
        answer_id
    from {{ standing_sayings }}
    where actor_key in (select actors.actor_key from {{ ref('int_new_account_actors') }} as actors)

),

touched as (

    select
        *,
        {{ comment_hash('answer_id') }} as answer_hash
    from said

)

select
    touched.platform,
    touched.answer_id,
    touched.answer_hash,
    standing.answered_hash as was_answered_hash
from touched
left join {{ standing_sayings }} as standing on touched.answer_hash = standing.answer_hash
{% endif %}
