-- Grain: one row per interaction, all its events folded: done, undone, done again.
with events as (

    select
        *,
        row_number() over (
            partition by platform, verb, interaction_id
            order by undone, event_time, event_source, event_id
        ) as precedence,
        first_value(undone) over (
            partition by platform, verb, interaction_id
            order by event_time desc, undone desc
        ) as is_undone,
        max(case when undone then event_time end) over (
            partition by platform, verb, interaction_id
        ) as last_undone_at
    from {{ ref('stg_interactions') }}

),

final as (

    select
        {{ key(['platform', 'verb', 'interaction_id']) }} as interaction_key,
        platform,
        interaction_id,
        verb,
        {{ key(['platform', 'actor_id']) }} as actor_key,
        object_type,
        object_id,
        parent_id,
        created_at as interacted_at,
        text,
        language,
        is_undone,
        case when is_undone then last_undone_at end as undone_at
    from events
    where precedence = 1

)

select * from final
