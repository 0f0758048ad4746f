-- Grain: one row per calendar (a zone, or a history of zones) and span of instants in one zone.
select
    calendar,
    time_zone,
    valid_from_date,
    starts_at,
    ends_at,
    last_date
from {{ ref('int_calendars') }}
