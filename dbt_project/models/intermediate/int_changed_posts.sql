-- Grain: one row per post of which something is said that was not, or that has another place in the facts.
-- What is counted of it is another matter: int_touched_posts.
select target_key as post_key
from {{ ref('int_target_changes') }}
where target_type = 'post'
union
select post_key
from {{ ref('stg_posts') }}
where {{ landed_since_last_build() }}
