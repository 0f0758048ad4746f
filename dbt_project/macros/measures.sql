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

{#- All measures of a relation. -#}
{% macro measures_of(alias) -%}
    {%- for name in measure_names() %}
    {{ alias }}.{{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Every measure from rows with `verb`, `engagement_class` and by how much they change it. -#}
{% macro count_changes() -%}
    {%- for verb in verbs() + ['action'] %}
        {%- set of_verb = (
            "verb in ('" ~ action_verbs() | join("', '") ~ "')" if verb == 'action'
            else "verb = '" ~ verb ~ "'"
        ) %}
    cast(coalesce(sum(change) filter (where {{ of_verb }}), 0) as bigint) as {{ verb }}_count
        {%- for class in engagement_classes() %},
    cast(coalesce(sum(change) filter (
        where {{ of_verb }} and engagement_class = '{{ class }}'
    ), 0) as bigint) as {{ verb }}_count_{{ class }}
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

{#- Place of a value among those of its group that are known; null where it is not. -#}
{% macro rank_known(value, group='peer_group') -%}
    case
        when {{ value }} is not null
            then rank() over (partition by {{ group }} order by {{ value }} desc nulls last)
    end
{%- endmacro %}

{#- Gini coefficient of a group: sum((2i - n - 1) x_i) / (n sum(x)), x ascending; `place` is i. -#}
{% macro gini(value, place, number) -%}
    cast(sum((2 * {{ place }} - {{ number }} - 1) * {{ value }}) as double)
    / nullif(max({{ number }}) * sum({{ value }}), 0)
{%- endmacro %}

{#- 0.6745 * (x - median) / MAD over a window: how far x is off, in standard deviations of a normal
    distribution that has the same middle half. Iglewicz and Hoaglin (1993). -#}
{% macro robust_score(value, middle, mad) -%}
    0.6745 * ({{ value }} - {{ middle }}) / nullif({{ mad }}, 0)
{%- endmacro %}

{#- How many are true; null where it is known of none. -#}
{% macro known_count(condition) -%}
    case when count({{ condition }}) > 0 then count(*) filter (where {{ condition }}) end
{%- endmacro %}
