{#- How a build follows what landed; the story is docs/decisions/incremental-by-batch.md. -#}

{#- What the running build takes to be built already: `attache build` writes it down before dbt
    starts, and takes it away afterwards. A table, and no variable of dbt's: with other variables
    dbt would parse the whole project again. Without it, everything is new. -#}
{% macro build_plan() -%}
    {%- set written = standing('staging', 'build_plan') if execute -%}
    {%- if written -%}
        {%- set plan = run_query('select built_batch_id, keeps_interactions from ' ~ written) -%}
        {%- if plan.rows | length -%}
            {{ return({'batch_id': plan.rows[0][0] | int, 'keeps': plan.rows[0][1]}) }}
        {%- endif -%}
    {%- endif -%}
    {{ return({'batch_id': 0, 'keeps': false}) }}
{%- endmacro %}

{#- True for rows that landed after the last successful build, by landing or by redrive. -#}
{% macro landed_since_last_build() -%}
    batch_id > {{ build_plan().batch_id }}
{%- endmacro %}

{#- A mart as the last build left it. No `ref`: who reads it runs before it is built again. -#}
{% macro standing(schema, name) -%}
    {{ return(adapter.get_relation(database=target.database, schema=schema, identifier=name)) }}
{%- endmacro %}

{#- Whether the interactions of the last build stay, and only those that changed are replaced. A
    build after a failed one keeps them, and makes everything above them anew. -#}
{% macro keeps_interactions() -%}
    {{ return(
        (not flags.FULL_REFRESH or build_plan().keeps)
        and standing('marts', 'fct_interaction') is not none
        and standing('intermediate', 'int_targets') is not none
        and standing('intermediate', 'int_classed_actors') is not none
    ) }}
{%- endmacro %}

{#- Whether facts are changed by what was added and taken away, or counted from nothing. -#}
{% macro is_delta() -%}
    {{ return(keeps_interactions() and not flags.FULL_REFRESH) }}
{%- endmacro %}

{#- Overrides dbt's: a model whose `meta` says `outlives_refresh` stays where the build keeps it. -#}
{% macro should_full_refresh() -%}
    {%- if (config.get('meta') or {}).get('outlives_refresh') and build_plan().keeps -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set configured = config.get('full_refresh') -%}
    {{ return(flags.FULL_REFRESH if configured is none else configured) }}
{%- endmacro %}

{#- Whether a row's key is one that a model of touched keys names. -#}
{% macro is_touched(key, by) -%}
    {{ key }} in {{ sought_values(ref(by), key.split('.') | last) }}
{%- endmacro %}

{#- The keys that a model of touched keys names, of those that meet a condition. Of a history that is summed up, with
    the first touched time (`since` is its column). -#}
{% macro touched_keys(by, keys, since=none, condition=none) -%}
    select
        {{ keys | join(', ') }}
        {%- if since %},
        min({{ since }}) as {{ since }}
        {%- endif %}
    from {{ ref(by) }}
    {%- if condition %}
    where {{ condition }}
    {%- endif %}
    group by {{ keys | join(', ') }}
    -- leaves nothing out; see sought_values
    having count(*) > 0
{%- endmacro %}

{#- The incremental strategy `touched`: rows whose key is in the relation that the model's
    `meta.touched_by` names go, and what the model says of those keys comes. A key for which it says
    nothing is gone. Of a history that is summed up, `meta.touched_from` names the column of its time:
    a key's rows go from the first that is touched on. -#}
{% macro get_incremental_touched_sql(arguments) -%}
    {%- set keys = arguments['unique_key'] -%}
    {%- set keys = [keys] if keys is string else keys -%}
    {%- set meta = config.get('meta') -%}
    {%- set since = meta['touched_from'] -%}
    {%- set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arguments['target_relation'] }} as standing
    using (
        {{ touched_keys(meta['touched_by'], keys, since, meta['touched_where']) }}
    ) as touched
    where
        {%- if since %}
        standing.{{ since }} >= touched.{{ since }} and
        {%- endif %}
        {%- for key in keys %}
        standing.{{ key }} = touched.{{ key }}{{ ' and' if not loop.last }}
        {%- endfor %};
    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{%- endmacro %}
