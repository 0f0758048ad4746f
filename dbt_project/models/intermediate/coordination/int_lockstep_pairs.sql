-- Grain: one row per pair of int_lockstep_meetings and audience that both belong to.
-- depends_on: {{ ref('int_touched_lockstep_pairs') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['actor_number_a', 'actor_number_b'],
    meta={'touched_by': 'int_touched_lockstep_pairs'},
    on_schema_change='fail'
) }}
{% set rules = lockstep() %}
with pairs as (

    select distinct
        meetings.actor_number_a,
        meetings.actor_number_b
    from {{ ref('int_lockstep_meetings') }} as meetings
    {% if is_incremental() %}
    inner join {{ ref('int_touched_lockstep_pairs') }} as touched
        on
            meetings.actor_number_a = touched.actor_number_a
            and meetings.actor_number_b = touched.actor_number_b
    {% endif %}

),

final as (

    select
        pairs.actor_number_a,
        pairs.actor_number_b,
        targets.audience_number,
        -- meetings to expect if each came at a time of its own to all the targets that they share
        {%- for window in rules.windows %}
        {%- set chances = 'sum(' ~ chance_of_meeting('a', 'b', 'targets', window) ~ ')' %}
        {{ exact(chances) }} as chance_meeting_count_{{ window.seconds }},
        {%- endfor %}
        count(*) as shared_target_count
    from pairs
    inner join {{ ref('int_lockstep_actions') }} as a on pairs.actor_number_a = a.actor_number
    inner join {{ ref('int_lockstep_actions') }} as b
        on
            pairs.actor_number_b = b.actor_number
            and a.target_number = b.target_number
    inner join {{ ref('int_lockstep_targets') }} as targets on a.target_number = targets.target_number
    group by pairs.actor_number_a, pairs.actor_number_b, targets.audience_number

)

select * from final
