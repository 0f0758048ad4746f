{#- What may answer something: a share or a like says nothing. -#}
{% macro answering_verbs() -%}
    {{ return(['comment', 'reply', 'quote']) }}
{%- endmacro %}

{#- Whether an interaction is by one of them. -#}
{% macro is_answering() -%}
    verb in ('{{ answering_verbs() | join("', '") }}')
{%- endmacro %}

{#- Whether a row is one of int_touched_answers. -#}
{% macro is_touched_answer(answer_id='answer_id') -%}
    (platform, {{ answer_id }}) in (
        select
            touched.platform,
            touched.answer_id
        from {{ ref('int_touched_answers') }} as touched
    )
{%- endmacro %}

{#- Hashes of what they are in fct_interaction, if of one of these verbs. -#}
{% macro touched_sayings(of_verbs) -%}
    {%- for verb in of_verbs %}
    select {{ hash64(['touched.platform', "'" ~ verb ~ "'", 'touched.answer_id']) }}
    from {{ ref('int_touched_answers') }} as touched
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- A hook: these, to find them by. -#}
{% macro sift_touched_sayings(of_verbs) -%}
    {%- if is_incremental() -%} {{ sift(touched_sayings(of_verbs)) }} {%- endif -%}
{%- endmacro %}

{#- A hook: the touched comments' hashes, to find them by. -#}
{% macro sift_touched_comments() -%}
    {%- if is_incremental() -%}
    {{ sift('select interaction_hash from ' ~ ref('int_touched_comments')) }}
    {%- endif -%}
{%- endmacro %}

{#- Whether a row of fct_interaction, of one of these verbs, is: its hash is a number, and read sooner. -#}
{% macro is_touched_saying(of_verbs) -%}
    {{ is_sifted('interaction_hash') }}
    and interaction_hash in ({{ touched_sayings(of_verbs) }})
    and {{ is_touched_answer('interaction_id') }}
{%- endmacro %}
