-- Grain: one row per landed counters event, repeats included.
select
    {{ key(['platform', 'post_id']) }} as post_key,
    *
from {{ source('raw', 'counters') }}
