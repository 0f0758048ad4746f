-- Grain: one row per account event.
{{ deduplicate(
    source('raw', 'accounts'),
    ['observed_at desc', 'followers desc nulls last', 'name nulls last', 'handle nulls last']
) }}
