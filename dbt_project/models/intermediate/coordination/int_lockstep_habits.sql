-- Grain: one row per actor of a pair and audience: on how many of its posts, or on it, the actor acted.
select
    actor_number,
    audience_number,
    count(*) as target_count
from {{ ref('int_paired_actions') }}
group by actor_number, audience_number
