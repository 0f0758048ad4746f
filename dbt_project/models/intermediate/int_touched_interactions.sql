-- Grain: one row per reason to look at a standing interaction again, by its hash: something of it landed, its
-- actor is seen otherwise, or its target has another place. None in a full build.
-- depends_on: {{ ref('stg_interactions') }}
-- depends_on: {{ ref('int_target_changes') }}
-- depends_on: {{ ref('int_actor_verdicts') }}
-- depends_on: {{ ref('int_touched_actors') }}
{% if not keeps_interactions() %}
select {{ hash64(["''"]) }} as interaction_hash
where false
{% else %}
{% set standing_interactions = standing('marts', 'fct_interaction') %}
with changed_targets as (

    select target_hash
    from {{ ref('int_target_changes') }}
    where was_there or target_type = 'account'

),

-- what was done to a post before the post itself arrived
new_posts as (

    select target_hash
    from {{ ref('int_target_changes') }}
    where not was_there and target_type = 'post'

),

reclassified as (

    {{ reclassified_interactions() }}

)

select interaction_hash
from {{ standing_interactions }}
where
    interaction_hash in (
        select landed.interaction_hash from {{ ref('stg_interactions') }} as landed
        where landed.{{ landed_since_last_build() }}
    )
union all
select interaction_hash
from reclassified
union all
select interaction_hash
from {{ standing_interactions }}
where target_hash in (select changed_targets.target_hash from changed_targets)
union all
select interaction_hash
from {{ standing_interactions }}
where account_key is null and target_hash in (select new_posts.target_hash from new_posts)
{% endif %}
