{#- What may answer something: a share or a like says nothing. -#}
{% macro answering_verbs() -%}
    {{ return(['comment', 'reply', 'quote']) }}
{%- endmacro %}

{#- Whether an interaction is by one of them. -#}
{% macro is_answering() -%}
    verb in ('{{ answering_verbs() | join("', '") }}')
{%- endmacro %}

{#- The hash that a comment with this id has in fct_interaction: by it all that is said is found in threads,
    be it a comment or not. -#}
{% macro comment_hash(comment_id) -%}
    {{ hash64(['platform', "'comment'", comment_id]) }}
{%- endmacro %}

{#- A hook: what may answer otherwise, to find it by. -#}
{% macro sift_touched_answers() -%}
    {%- if is_incremental() -%} {{ sift('select answer_hash from ' ~ ref('int_touched_answers')) }} {%- endif -%}
{%- endmacro %}

{#- A hook: the touched comments' hashes, to find them by. -#}
{% macro sift_touched_comments() -%}
    {%- if is_delta() -%} {{ sift('select interaction_hash from ' ~ ref('int_touched_comments')) }} {%- endif -%}
{%- endmacro %}

{#- A hook: the hashes of the touched comments, and of all that hangs below them. -#}
{% macro sift_touched_threads() -%}
    {%- if is_incremental() -%} {{ sift('select node_hash from ' ~ ref('int_touched_threads')) }} {%- endif -%}
{%- endmacro %}
