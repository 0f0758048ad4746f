-- Grain: one row per post, all its events folded into its present state.
{% set said = [
    'text', 'language', 'in_reply_to', 'shared_post_id', 'campaign', 'hashtags', 'links', 'media'
] %}
with events as (

    select
        *,
        {{ key(['platform', 'post_id']) }} as post_key,
        row_number() over (
            partition by platform, post_id
            order by event_time desc, state asc, event_source asc, event_id asc
        ) as recency
    from {{ ref('stg_posts') }}

),

history as (

    select
        post_key,
        -- the platforms' notices of deletion carry ids only: keep what was last said
        {%- for field in said %}
        arg_min({{ field }}, recency) filter (where {{ field }} is not null) as {{ field }},
        {%- endfor %}
        coalesce(
            arg_min(kind, recency) filter (where state <> 'deleted'), arg_min(kind, recency)
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
        {{ key(['events.platform', 'events.account_id']) }} as account_key,
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
