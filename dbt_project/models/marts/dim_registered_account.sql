-- Grain: one row per account that the register lists, observed or not.
select
    account_key,
    platform,
    account_id,
    mission,
    country_code,
    city,
    peer_group,
    role,
    language,
    opened_date,
    registered_date
from {{ ref('int_register_spans') }}
where is_current and is_listed
