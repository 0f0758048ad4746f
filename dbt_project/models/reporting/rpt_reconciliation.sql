-- Grain: one row per account, publication date and verb: likes, shares or comments of the posts of the day.
-- all verbs in one pass: there are nearly as many days as posts
with days as (

    select
        account_key,
        publication_date,
        count(*) as post_count,
        {%- for verb in reconciled_verbs() %}
        {%- set counted, stated = 'counted_' ~ verb ~ '_count', 'stated_' ~ verb ~ '_count' %}
        count({{ stated }}) as {{ verb }}_stated_post_count,
        count(*) filter (where {{ verb }}_reason is null) as {{ verb }}_agreeing_post_count,
        cast(sum({{ counted }}) filter (where {{ stated }} is not null) as bigint) as {{ verb }}_counted_count,
        cast(sum({{ stated }}) as bigint) as {{ verb }}_stated_count,
        cast(coalesce(sum({{ counted }}) filter (where {{ stated }} is null), 0) as bigint)
            as {{ verb }}_counted_count_unstated,
        {%- for reason in reconciliation_reasons() %}
        count(*) filter (where {{ verb }}_reason = '{{ reason }}') as {{ verb }}_{{ reason }}_post_count,
        {%- endfor %}
        count(*) filter (where {{ verb }}_drop_count > 0) as {{ verb }}_dropped_post_count
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('fct_counter_reconciliation') }}
    group by account_key, publication_date

),

summed as (

    {% for verb in reconciled_verbs() %}
    select
        account_key,
        publication_date,
        '{{ verb }}' as verb,
        post_count,
        {{ verb }}_stated_post_count as stated_post_count,
        {{ verb }}_agreeing_post_count as agreeing_post_count,
        {{ verb }}_counted_count as counted_count,
        {{ verb }}_stated_count as stated_count,
        {{ verb }}_counted_count_unstated as counted_count_unstated,
        {%- for reason in reconciliation_reasons() %}
        {{ verb }}_{{ reason }}_post_count as {{ reason }}_post_count,
        {%- endfor %}
        {{ verb }}_dropped_post_count as dropped_post_count
    from days
    {{ 'union all' if not loop.last }}
    {% endfor %}

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
