{#- What the register says of an account, apart from who it is. -#}
{% macro registered_attributes() -%}
    {{ return([
        'is_listed', 'mission', 'country_code', 'city', 'time_zone', 'peer_group', 'role',
        'language', 'opened_date', 'registered_date'
    ]) }}
{%- endmacro %}

{#- Names of the attributes that are not what they were in the row before, by a named window. -#}
{% macro changed_attributes(attributes, so_far) -%}
    {%- set names = [] -%}
    {%- for attribute in attributes -%}
        {%- set before = 'lag(' ~ attribute ~ ') over ' ~ so_far -%}
        {%- do names.append(
            'case when ' ~ attribute ~ ' is distinct from ' ~ before ~ " then '" ~ attribute ~ "' end"
        ) -%}
    {%- endfor -%}
    {{ list_of_known(names) }}
{%- endmacro %}
