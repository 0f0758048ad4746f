-- Grain: one row per landed account event, repeats included.
select
    {{ key(['platform', 'account_id']) }} as account_key,
    *
from {{ source('raw', 'accounts') }}
