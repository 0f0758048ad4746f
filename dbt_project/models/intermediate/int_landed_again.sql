-- Grain: one row per standing interaction of which something landed, by its hash. None in a full build.
-- It waits for nothing that is found out of actors: a long column is read meanwhile.
-- depends_on: {{ ref('stg_interactions') }}
{% if not keeps_interactions() %}
select {{ hash64(["''"]) }} as interaction_hash
where false
{% else %}
select interaction_hash
from {{ standing('marts', 'fct_interaction') }}
where
    interaction_hash in (
        select landed.interaction_hash from {{ ref('stg_interactions') }} as landed
        where landed.{{ landed_since_last_build() }}
    )
{% endif %}
