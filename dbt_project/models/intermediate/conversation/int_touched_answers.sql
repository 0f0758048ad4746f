-- Grain: one row per comment, reply, quote or post that may answer otherwise than when the last build
-- ended, and each thing that it answered then; null where it answered nothing.
-- depends_on: {{ ref('fct_interaction') }}
-- depends_on: {{ ref('int_interaction_changes') }}
-- depends_on: {{ ref('int_new_account_actors') }}
-- depends_on: {{ ref('stg_posts') }}
{% set standing_answers = standing('marts', 'fct_answer') %}
{% set standing_parents = standing('intermediate', 'int_thread_parents') %}
{% if not is_delta() or standing_answers is none or standing_parents is none %}
select
    cast(null as varchar) as platform,
    cast(null as varchar) as answer_id,
    cast(null as varchar) as was_answered_id
where false
{% else %}
with touched as (

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
        interaction_id as answer_id
    from {{ ref('fct_interaction') }}
    where
        {{ is_answering() }}
        and parent_id is not null
        and actor_key in (select actors.actor_key from {{ ref('int_new_account_actors') }} as actors)

),

answered as (

    {% for standing in [standing_answers, standing_parents] %}
    select
        platform,
        answer_id,
        answered_id
    from {{ standing }}
    where
        (platform, answer_id) in (
            select
                touched.platform,
                touched.answer_id
            from touched
        )
    {% if not loop.last %}union{% endif %}
    {% endfor %}

)

select
    touched.platform,
    touched.answer_id,
    answered.answered_id as was_answered_id
from touched
left join answered on touched.platform = answered.platform and touched.answer_id = answered.answer_id
{% endif %}
