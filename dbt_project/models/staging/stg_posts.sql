-- Grain: one row per landed post event, repeats included.
select
    {{ key(['platform', 'post_id']) }} as post_key,
    {{ key(['platform', 'account_id']) }} as account_key,
    {{ all_with_texts(['kind', 'state', 'kafka_topic']) }}
from {{ source('raw', 'posts') }}
