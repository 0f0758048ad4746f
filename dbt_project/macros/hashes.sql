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

{#- 24 bits of a key's hash, for a column that is read in full where few rows are sought: less than half of what
    the hash takes, and far less work than texts are. Keys share it, so a few others are found too. -#}
{% macro key_slice(column) -%}
    cast({{ hash64([column]) }} & {{ 2 ** 24 - 1 }} as integer)
{%- endmacro %}

{#- The values of a column, to look for in a long table. DuckDB 1.5 gives the scan of that table a Bloom filter, by
    which it passes over rows before it reads the rest of them, only where what is looked for is itself filtered: so
    it is, and nothing is left out. -#}
{% macro sought_values(relation, column) -%}
    (select sought.{{ column }} from {{ relation }} as sought group by sought.{{ column }} having count(*) > 0)
{%- endmacro %}

{#- For a hook before a model: keeps of some hashes a bit for each of five slices of theirs, by which a scan can
    pass over rows before it reads the rest of them. Joins alone don't: they read all columns of all rows, and
    ask then. Small: a constant is copied for every few thousand rows. -#}
{% macro sift(hashes) -%}
    {{ return(adapter.dispatch('sift', 'attache')(hashes)) }}
{%- endmacro %}

{% macro default__sift(hashes) -%}
    {%- for shift in sifted_slices() %}
    set variable sifted_{{ shift }} = (
        select bitstring_agg({{ sifted_slice('sought.hash', shift) }}, 0, {{ sifted_most() }}) from ({{ hashes }}) as sought (hash)
    );
    {%- endfor %}
{%- endmacro %}

{% macro spark__sift(hashes) -%}
{%- endmacro %}

{#- Where the slices of 19 bits begin. The last two lie across the others: few rows get as far as that, and each that
    passes for another's sake is read from blocks of its own in all columns. -#}
{% macro sifted_slices() -%}
    {{ return([45, 26, 7, 36, 17]) }}
{%- endmacro %}

{#- The greatest number of 19 bits. -#}
{% macro sifted_most() -%}
    {{ return(2 ** 19 - 1) }}
{%- endmacro %}

{% macro sifted_slice(hash, shift) -%}
    cast(({{ hash }} >> {{ shift }}) & {{ sifted_most() }} as integer)
{%- endmacro %}

{#- False only for rows whose hash is not one of those: a few others pass, so whoever sifts looks again. One
    expression, and none that `and` takes apart: then DuckDB asks it within the scan, and of the other columns
    reads no more than the rows that pass. -#}
{% macro is_sifted(column) -%}
    {{ return(adapter.dispatch('is_sifted', 'attache')(column)) }}
{%- endmacro %}

{% macro default__is_sifted(column) -%}
    case
        {%- for shift in sifted_slices() %}
        when get_bit(getvariable('sifted_{{ shift }}'), {{ sifted_slice(column, shift) }}) = 0 then false
        {%- endfor %}
        else true
    end
{%- endmacro %}

{% macro spark__is_sifted(column) -%}
    true
{%- endmacro %}
