-- Grain: one row per account, publication date and verb: likes, shares or comments of the posts of the day.
-- depends_on: {{ ref('int_touched_publication_days') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['account_key', 'publication_date'],
    meta={'touched_by': 'int_touched_publication_days'},
    on_schema_change='fail'
) }}
with reconciled as (

    select reconciled.*
    from {{ ref('fct_counter_reconciliation') }} as reconciled
    {% if is_incremental() %}
    inner join {{ ref('int_touched_publication_days') }} as touched
        on
            reconciled.account_key = touched.account_key
            and reconciled.publication_date = touched.publication_date
    {% endif %}

),

posts as (

    {% for verb in reconciled_verbs() %}
    select
        account_key,
        publication_date,
        '{{ verb }}' as verb,
        counted_{{ verb }}_count as counted_count,
        stated_{{ verb }}_count as stated_count,
        {{ verb }}_drop_count as drop_count,
        {{ verb }}_reason as reason
    from reconciled
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

summed as (

    select
        account_key,
        publication_date,
        verb,
        count(*) as post_count,
        count(stated_count) as stated_post_count,
        count(*) filter (where reason is null) as agreeing_post_count,
        cast(sum(counted_count) filter (where stated_count is not null) as bigint) as counted_count,
        cast(sum(stated_count) as bigint) as stated_count,
        cast(coalesce(sum(counted_count) filter (where stated_count is null), 0) as bigint)
            as counted_count_unstated,
        {%- for reason in reconciliation_reasons() %}
        count(*) filter (where reason = '{{ reason }}') as {{ reason }}_post_count,
        {%- endfor %}
        count(*) filter (where drop_count > 0) as dropped_post_count
    from posts
    group by account_key, publication_date, verb

),

final as (

    select
        account_key,
        publication_date,
        verb,
        post_count,
        stated_post_count,
        agreeing_post_count,
        counted_count,
        stated_count,
        {{ ratio('counted_count', 'stated_count') }} as coverage,
        counted_count_unstated,
        {%- for reason in reconciliation_reasons() %}
        {{ reason }}_post_count,
        {%- endfor %}
        dropped_post_count
    from summed

)

select * from final
