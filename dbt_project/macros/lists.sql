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
