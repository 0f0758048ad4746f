-- Grain: one row per reason to look at a standing interaction again, by its hash: something of it landed, its
-- actor is seen otherwise, or its target has another place. None in a full build.
-- depends_on: {{ ref('int_landed_again') }}
-- depends_on: {{ ref('int_target_changes') }}
-- depends_on: {{ ref('int_reclassified_actors') }}
{% if not keeps_interactions() %}
select {{ hash64(["''"]) }} as interaction_hash
where false
{% else %}
{% set standing_interactions = standing('marts', 'fct_interaction') %}
-- By slices of keys alone: to look at a few others in vain costs less than to read the keys of all.
with actors as (

    select {{ key_slice('actor_key') }} as actor_slice
    from {{ ref('int_reclassified_actors') }}

),

changed_targets as (

    select {{ key_slice('target_key') }} as target_slice
    from {{ ref('int_target_changes') }}
    where was_there or target_type = 'account'

),

-- what was done to a post before the post itself arrived
new_posts as (

    select {{ key_slice('target_key') }} as target_slice
    from {{ ref('int_target_changes') }}
    where not was_there and target_type = 'post'

)

select interaction_hash
from {{ ref('int_landed_again') }}
union all
select interaction_hash
from {{ standing_interactions }}
where actor_slice in (select actors.actor_slice from actors)
union all
select interaction_hash
from {{ standing_interactions }}
where target_slice in (select changed_targets.target_slice from changed_targets)
union all
select interaction_hash
from {{ standing_interactions }}
where account_key is null and target_slice in (select new_posts.target_slice from new_posts)
{% endif %}
