-- Grain: one row per topic, reason and field. Payloads stay in the warehouse.
select
    kafka_topic as topic,
    reason,
    coalesce(field, '') as field,
    contract_version,
    count(*) as dead_letter_count,
    min(kafka_timestamp) as first_produced_at,
    max(kafka_timestamp) as last_produced_at
from {{ source('raw', 'dead_letters') }}
group by kafka_topic, reason, coalesce(field, ''), contract_version
