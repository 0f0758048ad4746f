-- Grain: one row per topic: how far its landing has come.
select
    topic,
    max(committed_at) as last_landed_at,
    max(batch_id) as last_batch_id,
    cast(sum(record_count) as bigint) as record_count
from {{ source('raw', 'batches') }}
group by topic
