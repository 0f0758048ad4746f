{#- The one place that decides an interaction's class. Precedence: coordinated, incentivised, ghost,
    organic; what nobody could tell is unassessed, never organic.

    `placed` has a row per interaction with `interaction_hash`, `actor_key` and the `campaign` of
    its post. Adds `engagement_class`, `class_reasons` and `class_rules_version`. Where they are few, `few` is a
    relation with their actors, of whom alone verdicts are then read. -#}
{% macro classify_interactions(placed, few=none) -%}
    select
        placed.*,
        case
            when verdicts.coordination_group_key is not null then 'coordinated'
            when placed.campaign is not null then 'incentivised'
            when verdicts.ghost_band = 'ghost' then 'ghost'
            when verdicts.ghost_band = 'real' then 'organic'
            else 'unassessed'
        end as engagement_class,
        case
            when verdicts.coordination_group_key is not null then {{ list_of(["'lockstep'"]) }}
            when placed.campaign is not null then {{ list_of(["'declared_campaign'"]) }}
            when verdicts.ghost_band = 'ghost' then verdicts.ghost_reasons
            when verdicts.ghost_band = 'real' then {{ list_of(["'profile_of_a_person'"]) }}
            when verdicts.ghost_band = 'suspect' then {{ list_of(["'suspect_profile'"]) }}
            else {{ list_of(["'not_assessed'"]) }}
        end as class_reasons,
        '{{ guard_rules_version() }}' as class_rules_version
    from {{ placed }} as placed
    left join (
        select *
        from {{ ref('int_actor_verdicts') }}
        {% if few %}where actor_key in {{ sought_values(few, 'actor_key') }}{% endif %}
    ) as verdicts on placed.actor_key = verdicts.actor_key
{%- endmacro %}
