-- Grain: one row per account of the register, observed or not.
select
    {{ key(['platform', 'account_id']) }} as account_key,
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
from {{ ref('stg_registered_accounts') }}
