-- Grain: one row per post whose facts this build makes anew. Add a source, not a window.
select post_key
from {{ ref('int_engagement_changes') }}
where post_key is not null
union
select post_key
from {{ ref('int_changed_posts') }}
union
select post_key
from {{ ref('stg_counters') }}
where {{ landed_since_last_build() }}
