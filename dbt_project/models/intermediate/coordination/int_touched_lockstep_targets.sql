-- Grain: one row per post or account on which lockstep may look otherwise than the last build saw.
-- depends_on: {{ ref('int_new_regulars') }}
{% set standing_targets = standing('intermediate', 'int_lockstep_targets') %}
{% set standing_actions = standing('intermediate', 'int_lockstep_actions') %}
with touched as (

    select target_number
    from {{ ref('int_first_action_changes') }}
    union
    -- another audience
    select numbers.number as target_number
    from {{ ref('stg_posts') }} as posts
    inner join {{ ref('int_key_numbers') }} as numbers on posts.post_key = numbers.post_key
    where posts.{{ landed_since_last_build() }}
    {% if standing_actions is not none %}
    union
    -- who has a claim to be looked at in a crowd now
    select crowds.target_number
    from {{ standing_actions }} as crowds
    where crowds.is_in_crowd and {{ is_touched('crowds.actor_number', 'int_new_regulars') }}
    {% endif %}

)

select
    touched.target_number,
    {{ 'false' if standing_targets is none else 'standing.target_number is not null' }} as was_looked_at
from touched
{% if standing_targets is not none %}
left join {{ standing_targets }} as standing on touched.target_number = standing.target_number
{% endif %}
