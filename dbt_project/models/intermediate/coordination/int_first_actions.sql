-- Grain: one row per actor and what it acted on: the second of the first thing that it did to it.
-- What was taken back later is in it: it has been done, and when.
select
    actor_key,
    target_key,
    any_value(post_key) as post_key,
    min(acted_second) as first_second
from {{ ref('stg_actions') }}
group by actor_key, target_key
