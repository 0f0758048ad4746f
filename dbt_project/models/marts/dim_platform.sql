-- Grain: one row per platform.
select
    platform,
    platform_name,
    default_time_zone
from {{ ref('platforms') }}
