-- Grain: one row per aspect of trust (landed, fresh, dated, dead letters, covered, assessed, themed) and subject.
with horizon as (

    select * from {{ ref('dim_horizon') }}

),

landed as (

    select
        'landed' as aspect,
        topic as subject,
        sum(row_count + dead_letter_count) / nullif(sum(record_count), 0) as value,
        'share, 0 to 1' as unit,
        bool_and(is_conserved) and sum(gone_offset_count) = 0 as is_good,
        sum(record_count) || ' records read, ' || sum(row_count) || ' rows, ' || sum(dead_letter_count)
        || ' dead letters, ' || sum(gone_offset_count) || ' offsets gone' as detail
    from {{ ref('ops_conservation') }}
    group by topic

),

dead_letters as (

    select
        'dead letters' as aspect,
        topic as subject,
        {{ ratio('sum(dead_letter_count)', 'sum(record_count)') }} as value,
        'share, 0 to 1' as unit,
        sum(dead_letter_count) <= {{ var('dead_letter_share') }} * sum(record_count) as is_good,
        sum(dead_letter_count) || ' records wait for a fix' as detail
    from {{ ref('ops_conservation') }}
    group by topic

),

fresh as (

    select
        'fresh' as aspect,
        'all' as subject,
        cast(cast(landed_at as date) - as_of_date as double) as value,
        'days' as unit,
        cast(landed_at as date) - as_of_date <= {{ var('fresh_days') }} as is_good,
        'data reaches ' || as_of_date || ', last landed for ' || cast(landed_at as date) as detail
    from horizon

),

dated as (

    -- nothing that has happened is later than the day after it was landed
    select
        'dated' as aspect,
        'all' as subject,
        coalesce(sum(daily.action_count + daily.follow_count + daily.post_count), 0) as value,
        'actions, follows and posts' as unit,
        count(daily.account_key) = 0 as is_good,
        count(daily.account_key) || ' days of accounts are dated ahead of ' || max(horizon.as_of_date)
        || coalesce(', as far as ' || max(daily.activity_date), '') as detail
    from horizon
    left join {{ ref('fct_engagement_daily') }} as daily on horizon.as_of_date < daily.activity_date

),

covered as (

    -- counted interactions over stated counters, where a counter is stated
    select
        'covered' as aspect,
        platform || ' ' || verb as subject,
        {{ ratio('sum(counted)', 'sum(stated)') }} as value,
        'ratio, 1 is all' as unit,
        sum(counted) >= {{ var('covered_share') }} * sum(stated) as is_good,
        sum(counted) || ' counted, ' || sum(stated) || ' stated' as detail
    from (
        {% for verb in reconciled_verbs() %}
        select
            platform,
            '{{ verb }}' as verb,
            {{ verb }}_count{{ ' + reply_count' if verb == 'comment' }} as counted,
            stated_{{ verb }}_count as stated
        from {{ ref('fct_post') }}
        {{ 'union all' if not loop.last }}
        {% endfor %}
    )
    where stated is not null
    group by platform, verb

),

assessed as (

    select
        'assessed' as aspect,
        account_key as subject,
        {{ ratio('sum(action_count - action_count_unassessed)', 'sum(action_count)') }} as value,
        'share, 0 to 1' as unit,
        cast(null as boolean) as is_good,
        sum(action_count_unassessed) || ' actions have no class' as detail
    from {{ ref('fct_engagement_daily') }}
    group by account_key
    having sum(action_count) > 0

),

themed as (

    select
        'themed' as aspect,
        account_key as subject,
        1 - coalesce(sum(post_share) filter (where value = 'unmatched'), 0) as value,
        'share, 0 to 1' as unit,
        cast(null as boolean) as is_good,
        coalesce(sum(post_count) filter (where value = 'unmatched'), 0) || ' posts match no theme rule' as detail
    from {{ ref('rpt_what_works') }}
    where dimension = 'theme'
    group by account_key

),

final as (

    {% for aspect in ['landed', 'dead_letters', 'fresh', 'dated', 'covered', 'assessed', 'themed'] %}
    select * from {{ aspect }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    aspect,
    subject,
    cast(value as double) as value,
    unit,
    is_good,
    detail
from final
