-- Grain: one row per post of which its platform stated counters: how they went from one statement to the next.
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='post_key') }}
{% set verbs = reconciled_verbs() %}
with
{% if is_incremental() %}
landed as (

    select post_key
    from {{ ref('stg_counters') }}
    where {{ landed_since_last_build() }}

),

{% endif %}
statements as (

    select
        post_key,
        observed_at,
        {%- for verb, of in verbs.items() %}
        max({{ of.stated }}) as {{ verb }}s,
        {%- endfor %}
        -- an event that lands twice is one
        count(distinct {{ key(['event_source', 'event_id']) }}) as event_count
    from {{ ref('stg_counters') }}
    {% if is_incremental() %}
    where {{ has_key_of('landed', 'post_key', 'post_id') }}
    {% endif %}
    group by post_key, observed_at

),

steps as (

    select
        {%- for verb in verbs %}
        {{ verb }}s - lag({{ verb }}s ignore nulls) over in_time as {{ verb }}_step,
        {%- endfor %}
        *
    from statements
    window in_time as (partition by post_key order by observed_at)

),

final as (

    select
        post_key,
        min(observed_at) as first_stated_at,
        cast(sum(event_count - 1) as bigint) as repeated_statement_count,
        {%- for verb in verbs %}
        max({{ verb }}s) as highest_stated_{{ verb }}_count,
        count(*) filter (where {{ verb }}_step < 0) as {{ verb }}_drop_count,
        {%- endfor %}
        count(*) as statement_count
    from steps
    group by post_key

)

select * from final
