{#- What the register says of an account, apart from who it is. -#}
{% macro registered_attributes() -%}
    {{ return([
        'is_listed', 'mission', 'country_code', 'city', 'time_zone', 'peer_group', 'role',
        'language', 'opened_date', 'registered_date'
    ]) }}
{%- endmacro %}

{#- Names of the attributes that are not what they were in the row before, by a named window. -#}
{% macro changed_attributes(attributes, so_far) -%}
    {{ return(adapter.dispatch('changed_attributes', 'attache')(attributes, so_far)) }}
{%- endmacro %}

{% macro default__changed_attributes(attributes, so_far) -%}
    list_filter(
        [
            {%- for attribute in attributes %}
            case
                when {{ attribute }} is distinct from lag({{ attribute }}) over {{ so_far }}
                    then '{{ attribute }}'
            end{{ ',' if not loop.last }}
            {%- endfor %}
        ],
        attribute -> attribute is not null
    )
{%- endmacro %}

{% macro spark__changed_attributes(attributes, so_far) -%}
    array_compact(array(
        {%- for attribute in attributes %}
        case
            when not {{ attribute }} <=> lag({{ attribute }}) over {{ so_far }} then '{{ attribute }}'
        end{{ ',' if not loop.last }}
        {%- endfor %}
    ))
{%- endmacro %}
