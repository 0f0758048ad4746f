-- Grain: one row per post, all its events folded into its present state.
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
        min(created_at) as published_at,
        max(event_time) filter (where state = 'edited') as edited_at,
        max(event_time) filter (where state = 'deleted') as deleted_at,
        -- the platforms' notices of deletion carry no text: keep what was last said
        arg_max(text, event_time) filter (where text is not null) as text
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
        history.published_at,
        history.edited_at,
        history.deleted_at,
        history.text,
        events.language,
        events.kind,
        events.in_reply_to,
        events.shared_post_id,
        events.campaign,
        events.hashtags,
        events.links,
        events.media
    from events
    inner join history on events.post_key = history.post_key
    where events.recency = 1

)

select * from final
