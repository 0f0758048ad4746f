-- Grain: one row per interaction that differs from what stands; none in a full build.
-- depends_on: {{ ref('stg_interactions') }}
-- depends_on: {{ ref('int_target_changes') }}
-- depends_on: {{ ref('platforms') }}
-- depends_on: {{ ref('int_calendars') }}
-- depends_on: {{ ref('int_actor_verdicts') }}
-- depends_on: {{ ref('int_touched_interactions') }}
{{ config(pre_hook="{{ sift_touched_interactions() }}") }}
{% if not keeps_interactions() %}
select cast(null as varchar) as interaction_key
where false
{% else %}
{% set standing_interactions = standing('marts', 'fct_interaction') %}
{% set state_columns = interaction_state_columns() | join(', ') %}
with landed as (

    select {{ state_columns }}
    from {{ ref('stg_interactions') }}
    where {{ landed_since_last_build() }}

),

-- rows by one column of numbers; the rest of them is read where there is something to read
standing as materialized (

    select *
    from {{ standing_interactions }}
    where
        {{ is_sifted('interaction_hash') }}
        and interaction_hash in (select touched.interaction_hash from {{ ref('int_touched_interactions') }} as touched)

),

-- of a build that was killed while it committed this, both the old and the new may be there
standing_once as (

    select
        *,
        count(*) over (partition by interaction_key) as copy_count
    from standing
    qualify row_number() over (partition by interaction_key order by last_event_at) = 1

),

states as (

    select {{ state_columns }} from landed
    union all
    select {{ standing_states() }} from standing

),

folded as materialized (

    {{ fold_interactions('states') }}

),

targets as (

    {{ targets_now() }}

),

placed as (

    {{ place_interactions('folded', 'targets', 'folded', 'interacted_at') }}

),

classed as (

    {{ classify_interactions('placed', 'folded') }}

),

compared as (

    select
        {{ interaction_columns_of('classed') }},
        {{ was_columns_of('standing') }},
        standing.interaction_key is not null as was_there,
        {{ differ(interaction_columns(), 'classed', 'standing') }} or standing.copy_count > 1 as is_changed
    from classed
    left join standing_once as standing on classed.interaction_key = standing.interaction_key

),

final as (

    select *
    from compared
    -- rows are replaced by hash: of two with one hash both are, or neither
    qualify bool_or(is_changed) over (partition by interaction_hash)

)

select * from final
{% endif %}
