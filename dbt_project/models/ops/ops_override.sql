-- Grain: one row per override of the gate that a person has made, withdrawn ones too.
select
    override_id,
    check_id,
    key,
    account_key,
    activity_date,
    made_by,
    reason,
    made_at,
    last_date,
    withdrawn_by,
    withdrawn_reason,
    withdrawn_at
from {{ source('raw', 'gate_overrides') }}
