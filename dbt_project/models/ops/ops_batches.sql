-- Grain: one row per landing transaction and partition.
select
    batches.batch_id,
    batches.drain_id,
    drains.run_id,
    drains.logical_at,
    batches.topic,
    batches.partition,
    batches.generation,
    batches.first_offset,
    batches.next_offset,
    batches.record_count,
    batches.row_count,
    batches.dead_letter_count,
    batches.committed_at
from {{ source('raw', 'batches') }} as batches
left join {{ source('raw', 'drains') }} as drains on batches.drain_id = drains.drain_id
