-- Grain: one row per account, and whether of its stated followers or of what was counted: the days of series that
-- this build looks at, as they may differ, remember one that may, or are the past of it.
{{ config(materialized='ephemeral') }}
select
    account_key,
    false as is_stated,
    first_active_date,
    first_date - {{ series_window_days() }} as first_date,
    last_date + {{ series_memory_days() }} as last_date
from {{ ref('int_counted_ranges') }}
union all
select
    account_key,
    true as is_stated,
    cast(null as date) as first_active_date,
    first_date,
    last_date
from {{ ref('int_stated_ranges') }}
