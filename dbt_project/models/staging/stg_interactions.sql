-- Grain: one row per interaction event.
{{ deduplicate(
    source('raw', 'interactions'),
    ['created_at', 'undone desc', 'verb', 'object_id', 'actor_id', 'text nulls last']
) }}
