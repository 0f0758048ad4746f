{#- 64 bits of some columns, for finding rows among very many: a number is quicker to scan than a
    text. Two keys can share a hash, so whoever looks by it compares the keys too. -#}
{% macro hash64(columns) -%}
    {{ return(adapter.dispatch('hash64', 'attache')(columns)) }}
{%- endmacro %}

{% macro default__hash64(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}

{% macro spark__hash64(columns) -%}
    xxhash64({{ columns | join(', ') }})
{%- endmacro %}
