-- Grain: one row per erasure of actors; whom it was of is known nowhere.
select
    erasure_id,
    erased_by,
    run_id,
    logical_at,
    erased_at,
    actor_count,
    interaction_count,
    profile_count,
    dead_letter_count
from {{ source('raw', 'erasures') }}
