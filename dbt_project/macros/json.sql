{#- A whole number out of a JSON object; null where there is none. -#}
{% macro json_integer(document, name) -%}
    {{ return(adapter.dispatch('json_integer', 'attache')(document, name)) }}
{%- endmacro %}

{% macro default__json_integer(document, name) -%}
    try_cast(json_extract_string({{ document }}, '$.{{ name }}') as bigint)
{%- endmacro %}

{% macro spark__json_integer(document, name) -%}
    try_cast(get_json_object({{ document }}, '$.{{ name }}') as bigint)
{%- endmacro %}
