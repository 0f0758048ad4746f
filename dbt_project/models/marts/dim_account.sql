-- Grain: one row per official account that was observed, ours or a peer's.
select
    account_key,
    platform,
    account_id,
    role,
    handle,
    account_name,
    mission,
    country_code,
    city,
    peer_group,
    time_zone,
    calendar,
    language,
    opened_at,
    opened_date,
    is_verified,
    first_observed_at,
    last_observed_at
from {{ ref('int_accounts') }}
