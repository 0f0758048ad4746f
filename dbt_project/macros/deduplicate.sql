{#- One row per event: where the same (source, id) was landed more than once, the winner depends on
    what the events say, not on the order they arrived in. -#}
{% macro deduplicate(relation, tie_breakers) -%}
    select *
    from {{ relation }}
    qualify row_number() over (
        partition by event_source, event_id
        order by
            event_time desc,
            {{ tie_breakers | join(', ') }},
            kafka_topic, kafka_generation, kafka_partition, kafka_offset
    ) = 1
{%- endmacro %}
