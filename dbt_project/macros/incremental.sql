{#- How a build follows what landed; the story is docs/decisions/incremental-by-batch.md. -#}

{#- True for rows that landed after the last successful build, by landing or by redrive. -#}
{% macro landed_since_last_build() -%}
    batch_id > {{ var('built_batch_id', 0) }}
{%- endmacro %}

{#- A mart as the last build left it. No `ref`: who reads it runs before it is built again. -#}
{% macro standing(schema, name) -%}
    {{ return(adapter.get_relation(database=target.database, schema=schema, identifier=name)) }}
{%- endmacro %}

{#- Whether the interactions of the last build stay, and only those that changed are replaced. A
    build after a failed one keeps them, and makes everything above them anew. -#}
{% macro keeps_interactions() -%}
    {{ return(
        (not flags.FULL_REFRESH or var('keep_interactions', false))
        and standing('marts', 'fct_interaction') is not none
        and standing('intermediate', 'int_targets') is not none
        and standing('intermediate', 'int_classed_actors') is not none
    ) }}
{%- endmacro %}

{#- Whether facts are changed by what was added and taken away, or counted from nothing. -#}
{% macro is_delta() -%}
    {{ return(keeps_interactions() and not flags.FULL_REFRESH) }}
{%- endmacro %}

{#- Config of a model that outlives a full refresh of the rest, where the build asks for it. -#}
{% macro outlives_refresh() -%}
    {{ return(false if var('keep_interactions', false) else none) }}
{%- endmacro %}

{#- The incremental strategy `touched`: rows whose key is in the relation that the model's
    `meta.touched_by` names go, and what the model says of those keys comes. A key for which it says
    nothing is gone. -#}
{% macro get_incremental_touched_sql(arguments) -%}
    {%- set keys = arguments['unique_key'] -%}
    {%- set keys = [keys] if keys is string else keys -%}
    {%- set meta = config.get('meta') -%}
    {%- set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arguments['target_relation'] }} as standing
    using (
        select distinct {{ keys | join(', ') }}
        from {{ ref(meta['touched_by']) }}
        {%- if meta['touched_where'] %} where {{ meta['touched_where'] }}{% endif %}
    ) as touched
    where
        {%- for key in keys %}
        standing.{{ key }} = touched.{{ key }}{{ ' and' if not loop.last }}
        {%- endfor %};
    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{%- endmacro %}
