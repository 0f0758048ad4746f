-- Grain: one row per counters event.
{{ deduplicate(
    source('raw', 'counters'),
    ['observed_at desc', 'likes desc nulls last', 'shares desc nulls last',
     'comments desc nulls last', 'views desc nulls last']
) }}
