{#- Counted interactions beside stated counters: docs/decisions/reconciling-counts-with-counters.md. -#}

{#- What platforms state, its name in the contract, and what is counted beside it: a platform's
    comments are the answers to comments too. -#}
{% macro reconciled_verbs() -%}
    {{ return({
        'like': {'stated': 'likes', 'counted': ['like_count']},
        'share': {'stated': 'shares', 'counted': ['share_count']},
        'comment': {'stated': 'comments', 'counted': ['comment_count', 'reply_count']}
    }) }}
{%- endmacro %}

{#- Why a count and a counter may differ; the first that fits is the reason. -#}
{% macro reconciliation_reasons() -%}
    {{ return([
        'no_counter', 'not_in_last_counter', 'nothing_counted', 'partly_counted',
        'counter_went_backwards', 'counter_is_older_than_last_action', 'counted_more_than_stated'
    ]) }}
{%- endmacro %}

{#- The counted measures of a verb, added; null where one of them is. -#}
{% macro counted_of(verb, alias) -%}
    {%- for name in reconciled_verbs()[verb]['counted'] -%}
        {{ alias }}.{{ name }}{{ ' + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- The reason of a verb; null where the two are alike. -#}
{% macro reconciliation_reason(verb) -%}
    {%- set counted = 'counted_' ~ verb ~ '_count' -%}
    {%- set stated = 'stated_' ~ verb ~ '_count' -%}
    case
        when highest_stated_{{ verb }}_count is null then 'no_counter'
        when {{ stated }} is null then 'not_in_last_counter'
        when {{ counted }} = {{ stated }} then null
        when {{ counted }} = 0 then 'nothing_counted'
        when {{ counted }} < {{ stated }} then 'partly_counted'
        when {{ verb }}_drop_count > 0 then 'counter_went_backwards'
        when {{ counted }} - later_{{ verb }}_count <= {{ stated }}
            then 'counter_is_older_than_last_action'
        else 'counted_more_than_stated'
    end
{%- endmacro %}
