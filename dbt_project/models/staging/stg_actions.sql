-- Grain: one row per landed interaction event, as who acted on what, and in which second.
select
    {{ key(['platform', 'actor_id']) }} as actor_key,
    {{ key(['platform', 'object_type', 'object_id']) }} as target_key,
    case when object_type = 'post' then {{ key(['platform', 'object_id']) }} end as post_key,
    cast({{ epoch_seconds('created_at') }} as bigint) as acted_second,
    batch_id
from {{ source('raw', 'interactions') }}
