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
        met.actor_number_a,
        met.actor_number_b
    {% if is_incremental() %}
    from {{ ref('int_touched_lockstep_pairs') }} as met
    where met.is_pair and not met.was_pair
    {% else %}
    from {{ ref('int_lockstep_meetings') }} as met
    {% endif %}

),

counted as (

    select
        pairs.actor_number_a,
        pairs.actor_number_b,
        a.audience_number,
        -- meetings to expect if each came at a time of its own to all the targets that they share
        {%- for window in rules.windows %}
        {%- set chances = 'sum(' ~ chance_of_meeting('a', 'b', 'a', window) ~ ')' %}
        {{ exact(chances) }} as chance_meeting_count_{{ window.seconds }},
        {%- endfor %}
        count(*) as shared_target_count
    from pairs
    inner join {{ ref('int_paired_actions') }} as a on pairs.actor_number_a = a.actor_number
    inner join {{ ref('int_paired_actions') }} as b
        on
            pairs.actor_number_b = b.actor_number
            and a.target_number = b.target_number
    group by pairs.actor_number_a, pairs.actor_number_b, a.audience_number

)

{% if is_incremental() %}
,

changed as (

    select * exclude (was_pair, is_pair)
    from {{ ref('int_touched_lockstep_pairs') }}
    where is_pair and was_pair

),

changed_pairs as (

    select distinct
        actor_number_a,
        actor_number_b
    from changed

),

known as (

    select standing.*
    from {{ this }} as standing
    inner join changed_pairs
        on
            standing.actor_number_a = changed_pairs.actor_number_a
            and standing.actor_number_b = changed_pairs.actor_number_b
    union all by name
    select * from changed

),

added_up as (

    select
        actor_number_a,
        actor_number_b,
        audience_number,
        {%- for window in rules.windows %}
        {%- set chances = 'chance_meeting_count_' ~ window.seconds %}
        {{ exact('sum(' ~ chances ~ ')') }} as {{ chances }},
        {%- endfor %}
        cast(sum(shared_target_count) as bigint) as shared_target_count
    from known
    group by actor_number_a, actor_number_b, audience_number

)

select * from counted
union all
select * from added_up
where shared_target_count > 0
{% else %}
select * from counted
{% endif %}
