{#- An empty list of texts. -#}
{% macro no_attributes() -%}
    {{ return(adapter.dispatch('no_attributes', 'attache')()) }}
{%- endmacro %}

{% macro default__no_attributes() -%}
    cast([] as varchar[])
{%- endmacro %}

{% macro spark__no_attributes() -%}
    cast(array() as array<string>)
{%- endmacro %}

{#- How many elements a list has. -#}
{% macro list_size(list) -%}
    {{ return(adapter.dispatch('list_size', 'attache')(list)) }}
{%- endmacro %}

{% macro default__list_size(list) -%}
    len({{ list }})
{%- endmacro %}

{% macro spark__list_size(list) -%}
    size({{ list }})
{%- endmacro %}

{#- The texts of a group as one, in the order of a column. -#}
{% macro joined_text(text, ordered_by) -%}
    {{ return(adapter.dispatch('joined_text', 'attache')(text, ordered_by)) }}
{%- endmacro %}

{% macro default__joined_text(text, ordered_by) -%}
    string_agg({{ text }}, ', ' order by {{ ordered_by }})
{%- endmacro %}

{% macro spark__joined_text(text, ordered_by) -%}
    array_join(
        transform(array_sort(collect_list(struct({{ ordered_by }}, {{ text }} as said))), one -> one.said), ', '
    )
{%- endmacro %}

{#- The element of a list at a place; the first is at 1. -#}
{% macro element_of(list, place) -%}
    {{ return(adapter.dispatch('element_of', 'attache')(list, place)) }}
{%- endmacro %}

{% macro default__element_of(list, place) -%}
    {{ list }}[{{ place }}]
{%- endmacro %}

{% macro spark__element_of(list, place) -%}
    element_at({{ list }}, {{ place }})
{%- endmacro %}

{#- A row for each element of a list, in a select. -#}
{% macro each_of(list) -%}
    {{ return(adapter.dispatch('each_of', 'attache')(list)) }}
{%- endmacro %}

{% macro default__each_of(list) -%}
    unnest({{ list }})
{%- endmacro %}

{% macro spark__each_of(list) -%}
    explode({{ list }})
{%- endmacro %}

{#- What an expression is in any row, each once, as a list. -#}
{% macro distinct_list(expression) -%}
    {{ return(adapter.dispatch('distinct_list', 'attache')(expression)) }}
{%- endmacro %}

{% macro default__distinct_list(expression) -%}
    list(distinct {{ expression }})
{%- endmacro %}

{% macro spark__distinct_list(expression) -%}
    collect_set({{ expression }})
{%- endmacro %}

{#- A list of some expressions. -#}
{% macro list_of(expressions) -%}
    {{ return(adapter.dispatch('list_of', 'attache')(expressions)) }}
{%- endmacro %}

{% macro default__list_of(expressions) -%}
    [{{ expressions | join(', ') }}]
{%- endmacro %}

{% macro spark__list_of(expressions) -%}
    array({{ expressions | join(', ') }})
{%- endmacro %}

{#- A list of those of some expressions that are not null. -#}
{% macro list_of_known(expressions) -%}
    {{ return(adapter.dispatch('list_of_known', 'attache')(expressions)) }}
{%- endmacro %}

{% macro default__list_of_known(expressions) -%}
    list_filter([{{ expressions | join(', ') }}], lambda one: one is not null)
{%- endmacro %}

{% macro spark__list_of_known(expressions) -%}
    array_compact(array({{ expressions | join(', ') }}))
{%- endmacro %}

{#- The parts of a text between separators, as a list. -#}
{% macro parts_of(text, separator) -%}
    {{ return(adapter.dispatch('parts_of', 'attache')(text, separator)) }}
{%- endmacro %}

{% macro default__parts_of(text, separator) -%}
    string_split({{ text }}, {{ separator }})
{%- endmacro %}

{% macro spark__parts_of(text, separator) -%}
    split({{ text }}, {{ separator }})
{%- endmacro %}

{#- A text without what matches a pattern, wherever it does. -#}
{% macro without(text, pattern) -%}
    {{ return(adapter.dispatch('without', 'attache')(text, pattern)) }}
{%- endmacro %}

{% macro default__without(text, pattern) -%}
    regexp_replace({{ text }}, {{ pattern }}, '', 'g')
{%- endmacro %}

{% macro spark__without(text, pattern) -%}
    regexp_replace({{ text }}, {{ pattern }}, '')
{%- endmacro %}
