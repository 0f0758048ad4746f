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
