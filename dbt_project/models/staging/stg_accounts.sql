-- Grain: one row per landed account event, repeats included.
select
    {{ key(['platform', 'account_id']) }} as account_key,
    {{ all_with_texts(['role', 'kafka_topic']) }}
from {{ source('raw', 'accounts') }}
