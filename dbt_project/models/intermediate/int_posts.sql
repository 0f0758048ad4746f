-- Grain: one row per post, all its events folded into its present state.
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='post_key') }}
{% set said = [
    'text', 'language', 'in_reply_to', 'shared_post_id', 'campaign', 'hashtags', 'links', 'media'
] %}
with
{% if is_incremental() %}
landed as (

    select post_key
    from {{ ref('stg_posts') }}
    where {{ landed_since_last_build() }}

),

{% endif %}
events as (

    select
        *,
        row_number() over (
            partition by post_key
            order by
                event_time desc, state, created_at, account_id, kind, event_source, event_id,
                {{ said | join(' nulls last, ') }} nulls last
        ) as recency
    from {{ ref('stg_posts') }}
    {% if is_incremental() %}
    where {{ has_key_of('landed', 'post_key', 'post_id') }}
    {% endif %}

),

history as (

    select
        post_key,
        -- the platforms' notices of deletion carry ids only: keep what was last said
        {%- for field in said %}
        min_by({{ field }}, recency) filter (where {{ field }} is not null) as {{ field }},
        {%- endfor %}
        coalesce(
            min_by(kind, recency) filter (where state <> 'deleted'), min_by(kind, recency)
        ) as kind,
        min(created_at) as published_at,
        max(event_time) filter (where state = 'edited') as edited_at,
        max(event_time) filter (where state = 'deleted') as last_deleted_at
    from events
    group by post_key

),

final as (

    select
        events.post_key,
        events.account_key,
        events.platform,
        events.post_id,
        events.account_id,
        {%- for field in said %}
        history.{{ field }},
        {%- endfor %}
        history.kind,
        history.published_at,
        history.edited_at,
        case when events.state = 'deleted' then history.last_deleted_at end as deleted_at
    from events
    inner join history on events.post_key = history.post_key
    where events.recency = 1

)

select * from final
