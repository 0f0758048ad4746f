-- Grain: one row per account and month for which a mission stated its hours.
select
    {{ key(['platform', 'account_id']) }} as account_key,
    month,
    staff_hours,
    hourly_cost,
    currency
from {{ ref('staff_hours') }}
