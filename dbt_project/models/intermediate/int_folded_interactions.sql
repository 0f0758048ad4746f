-- Grain: one row per interaction, all its events folded. Reads the whole history: full builds only.
{{ config(materialized='view') }}
{% set columns = interaction_state_columns() | join(', ') %}
with repeated as (

    select interaction_hash
    from {{ ref('stg_interactions') }}
    group by interaction_hash
    having count(*) > 1

),

-- most interactions have one event, and nothing to fold
single as (

    select {{ columns }}
    from {{ ref('stg_interactions') }}
    where interaction_hash not in (select repeated.interaction_hash from repeated)

),

several as (

    select {{ columns }}
    from {{ ref('stg_interactions') }}
    where interaction_hash in (select repeated.interaction_hash from repeated)

),

folded as (

    {{ fold_interactions('several') }}

),

final as (

    select {{ columns }} from single
    union all
    select {{ columns }} from folded

)

select * from final
