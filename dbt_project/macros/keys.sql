{#- A key is the natural id with its platform before it: `weibo:canadaweibo`. Readable, the same
    wherever it is made, and it needs no look-up. -#}
{% macro key(parts) -%}
    {{ parts | join(" || ':' || ") }}
{%- endmacro %}

{#- The natural id that a key of a platform and an id was made of. -#}
{% macro id_in(key) -%}
    substr({{ key }}, position(':' in {{ key }}) + 1)
{%- endmacro %}

{#- Whether a staged row has a key that a relation names. Keys are put together as they are read: by the id, which is
    stored, the scan passes over rows before it reads the rest of them. -#}
{% macro has_key_of(relation, key, id) -%}
    {{ id }} in {{ sought_values('(select ' ~ id_in(key) ~ ' as ' ~ id ~ ' from ' ~ relation ~ ')', id) }}
    and {{ key }} in (select sought.{{ key }} from {{ relation }} as sought)
{%- endmacro %}
