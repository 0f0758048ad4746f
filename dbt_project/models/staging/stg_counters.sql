-- Grain: one row per landed counters event, repeats included.
select
    {{ key(['platform', 'post_id']) }} as post_key,
    {{ all_with_texts(['kafka_topic']) }}
from {{ source('raw', 'counters') }}
