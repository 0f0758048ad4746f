-- Grain: one row per finished drain of Kafka.
select
    drain_id,
    run_id,
    logical_at,
    record_count
from {{ source('raw', 'drains') }}
where finished_at is not null
