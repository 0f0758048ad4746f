{#- All columns but some. -#}
{% macro all_but(columns) -%}
    {{ return(adapter.dispatch('all_but', 'attache')(columns)) }}
{%- endmacro %}

{% macro default__all_but(columns) -%}
    * exclude ({{ columns | join(', ') }})
{%- endmacro %}

{% macro spark__all_but(columns) -%}
    * except ({{ columns | join(', ') }})
{%- endmacro %}

{#- All columns of a source, those of few values as texts: the raw tables store them as numbers. -#}
{% macro all_with_texts(names) -%}
    {{ return(adapter.dispatch('all_with_texts', 'attache')(names)) }}
{%- endmacro %}

{% macro default__all_with_texts(names) -%}
    * replace ({% for name in names %}cast({{ name }} as varchar) as {{ name }}{{ ", " if not loop.last }}{% endfor %})
{%- endmacro %}

{% macro spark__all_with_texts(names) -%}
    *
{%- endmacro %}

{#- Of the rows of each group the first in an order: what `qualify` would say where it is known. -#}
{% macro first_of_each(relation, group, order) -%}
    select {{ all_but(['place']) }}
    from (
        select
            *,
            row_number() over (partition by {{ group | join(', ') }} order by {{ order | join(', ') }}) as place
        from {{ relation }}
    )
    where place = 1
{%- endmacro %}
