{% macro verbs() -%}
    {{ return(['like', 'share', 'comment', 'reply', 'quote', 'follow']) }}
{%- endmacro %}

{#- Follows and views are not actions. -#}
{% macro action_verbs() -%}
    {{ return(['like', 'share', 'comment', 'reply', 'quote']) }}
{%- endmacro %}

{% macro engagement_classes() -%}
    {{ return(['organic', 'incentivised', 'coordinated', 'ghost', 'unassessed']) }}
{%- endmacro %}

{#- Names of all measures of counted interactions: each verb and all actions, whole and by class. -#}
{% macro measure_names() -%}
    {%- set names = [] -%}
    {%- for verb in verbs() + ['action'] -%}
        {%- do names.append(verb ~ '_count') -%}
        {%- for class in engagement_classes() -%}
            {%- do names.append(verb ~ '_count_' ~ class) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{#- Counts of interactions that stand, from rows with `verb` and `engagement_class`. -#}
{% macro count_interactions() -%}
    {%- for verb in verbs() + ['action'] %}
        {%- set of_verb = (
            "verb in ('" ~ action_verbs() | join("', '") ~ "')" if verb == 'action'
            else "verb = '" ~ verb ~ "'"
        ) %}
    count(*) filter (where {{ of_verb }}) as {{ verb }}_count
        {%- for class in engagement_classes() %},
    count(*) filter (
        where {{ of_verb }} and engagement_class = '{{ class }}'
    ) as {{ verb }}_count_{{ class }}
        {%- endfor %}
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{#- Sums of all measures over a finer grain; `empty` is what no row at all sums to. -#}
{% macro sum_measures(alias) -%}
    {%- for name in measure_names() %}
    cast(coalesce(sum({{ alias }}.{{ name }}), 0) as bigint) as {{ name }}
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{#- A ratio whose denominator may be nothing: null then, never 0. -#}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif({{ denominator }}, 0)
{%- endmacro %}
