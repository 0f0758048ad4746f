-- Grain: one row per linked page and month for which its web statistics were given.
select
    address,
    month,
    read_count,
    onward_read_count
from {{ ref('page_reads') }}
