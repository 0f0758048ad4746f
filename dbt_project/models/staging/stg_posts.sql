-- Grain: one row per post event.
{{ deduplicate(
    source('raw', 'posts'),
    ['created_at', 'state', 'account_id', 'text nulls last']
) }}
