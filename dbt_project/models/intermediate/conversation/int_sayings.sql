-- Grain: one row per comment, reply, quote or post that stands and names what it answers. Its hashes are those
-- that a comment of the same id has in fct_interaction.
-- depends_on: {{ ref('fct_interaction') }}
-- depends_on: {{ ref('int_changed_posts') }}
-- depends_on: {{ ref('int_interaction_changes') }}
-- depends_on: {{ ref('int_touched_answers') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='answer_hash',
    meta={'touched_by': 'int_touched_answers'},
    on_schema_change='fail',
    pre_hook="{{ sift_touched_answers() }}"
) }}
with said as (

    select
        platform,
        interaction_id as answer_id,
        verb,
        parent_id as answered_id,
        verb = 'reply' and post_key is not null as is_in_thread,
        actor_key,
        cast(null as varchar) as account_key,
        interacted_at as answered_at
    from {{ ref('int_interaction_changes' if is_incremental() else 'fct_interaction') }}
    where {{ is_answering() }} and parent_id is not null and not is_undone
    union all
    select
        platform,
        post_id as answer_id,
        'post' as verb,
        in_reply_to as answered_id,
        true as is_in_thread,
        cast(null as varchar) as actor_key,
        account_key,
        published_at as answered_at
    from {{ ref('dim_post') }}
    where
        kind = 'reply' and in_reply_to is not null and deleted_at is null
        {%- if is_incremental() %}
        and {{ comment_hash('post_id') }} in (
            select touched.answer_hash from {{ ref('int_touched_answers') }} as touched
        )
        {%- endif %}

)

select
    {{ comment_hash('answer_id') }} as answer_hash,
    {{ comment_hash('answered_id') }} as answered_hash,
    *
from said
{% if is_incremental() %}
-- what shares its id with something that changed, and didn't
union all
select standing.*
from {{ this }} as standing
where
    standing.verb <> 'post'
    and {{ is_sifted('standing.answer_hash') }}
    and {{ is_touched('standing.answer_hash', 'int_touched_answers') }}
    and (standing.platform, standing.verb, standing.answer_id) not in (
        select
            changes.platform,
            changes.verb,
            changes.interaction_id
        from {{ ref('int_interaction_changes') }} as changes
    )
{% endif %}
