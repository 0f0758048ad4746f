{#- The one place that decides an interaction's class. Precedence: coordinated, incentivised, ghost,
    organic; what nobody could tell is unassessed, never organic.

    `placed` has a row per interaction with `interaction_hash`, `actor_key` and the `campaign` of
    its post. Adds `engagement_class`, `class_reasons` and `class_rules_version`. -#}
{% macro classify_interactions(placed) -%}
    select
        *,
        case when campaign is not null then 'incentivised' else 'unassessed' end as engagement_class,
        case
            when campaign is not null then ['declared_campaign'] else ['not_assessed']
        end as class_reasons,
        '{{ class_rules_version() }}' as class_rules_version
    from {{ placed }}
{%- endmacro %}

{#- Raised when the meaning of a class changes. -#}
{% macro class_rules_version() -%}
    {{ return('1') }}
{%- endmacro %}

{#- Hashes of standing interactions whose evidence changed although nothing about them landed. -#}
{% macro reclassified_interactions() -%}
    select interaction_hash from {{ standing('marts', 'fct_interaction') }} where false
{%- endmacro %}
