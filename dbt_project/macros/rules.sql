{#- Does a rule of a seed match a post? Every condition that the rule states must hold; a cell left
    empty asks nothing. A rule without any condition is refused by a test of its seed. -#}
{% macro rule_matches(seed, rule, post, date) -%}
    ({{ rule }}.keyword is null or contains(lower({{ post }}.text), lower({{ rule }}.keyword)))
    and ({{ rule }}.hashtag is null or array_contains({{ post }}.hashtags, {{ rule }}.hashtag))
    and ({{ rule }}.account_key is null or {{ post }}.account_key = {{ rule }}.account_key)
    and ({{ rule }}.from_date is null or {{ date }} >= {{ rule }}.from_date)
    and ({{ rule }}.to_date is null or {{ date }} <= {{ rule }}.to_date)
    and ({{ rule }}.regex is null or {{ rule_finds(seed, rule, post ~ '.text') }})
{%- endmacro %}

{#- Whether a rule's regular expression finds anything in a text. Those that the seed has are written
    out: one that stands in a column is compiled again for each row, which takes many times as long. -#}
{% macro rule_finds(seed, rule, text) -%}
    case {{ rule }}.regex
        {%- for regex in rule_regexes(seed) %}
        when {{ text_literal(regex) }} then {{ text_matches(text, text_literal(regex)) }}
        {%- endfor %}
        when {{ rule }}.regex then {{ text_matches(text, rule ~ '.regex') }}
    end
{%- endmacro %}

{#- No `ref`: the model has it, and a test of the model gives other rules. -#}
{% macro rule_regexes(seed) -%}
    {%- set regexes = [] -%}
    {%- set relation = standing('staging', seed) if execute -%}
    {%- if relation -%}
        {%- for row in run_query(
            'select distinct regex from ' ~ relation ~ ' where regex is not null order by regex'
        ) -%}
            {%- do regexes.append(row[0]) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(regexes) }}
{%- endmacro %}

{#- A text as SQL writes it. -#}
{% macro text_literal(text) -%}
    {{ return(adapter.dispatch('text_literal', 'attache')(text)) }}
{%- endmacro %}

{% macro default__text_literal(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro %}

{% macro spark__text_literal(text) -%}
    '{{ text | replace("\\", "\\\\") | replace("'", "\\'") }}'
{%- endmacro %}

{#- Fails with the rules that can't do their work: no condition, an end before the start, a priority
    that two rules share, or a regular expression that the database can't read. -#}
{% test rules_make_sense(model, names) %}
select rules.*
from {{ model }} as rules
where
    coalesce(keyword, hashtag, regex, account_key, cast(from_date as varchar), cast(to_date as varchar)) is null
    or from_date > to_date
    or {{ names }} is null
    or priority is null
    or priority in (select priority from {{ model }} group by priority having count(*) > 1)
    or (regex is not null and try(regexp_matches('', regex)) is null)
{% endtest %}

{#- Whether a regular expression finds anything in a text. -#}
{% macro text_matches(text, regex) -%}
    {{ return(adapter.dispatch('text_matches', 'attache')(text, regex)) }}
{%- endmacro %}

{% macro default__text_matches(text, regex) -%}
    regexp_matches({{ text }}, {{ regex }})
{%- endmacro %}

{% macro spark__text_matches(text, regex) -%}
    {{ text }} rlike {{ regex }}
{%- endmacro %}
