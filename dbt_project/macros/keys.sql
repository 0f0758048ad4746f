{#- A key is the natural id with its platform before it: `weibo:canadaweibo`. Readable, the same
    wherever it is made, and it needs no look-up. -#}
{% macro key(parts) -%}
    {{ parts | join(" || ':' || ") }}
{%- endmacro %}
