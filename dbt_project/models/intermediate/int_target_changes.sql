-- Grain: one row per post or account whose place in the facts is not the one they were built with.
-- depends_on: {{ ref('stg_posts') }}
with targets as (

    select
        'post' as target_type,
        dates.post_key as target_key,
        dates.account_key,
        dates.calendar,
        dates.publication_date,
        dates.campaign,
        dates.campaign_source,
        posts.kind
    from {{ ref('int_post_dates') }} as dates
    inner join {{ ref('int_posts') }} as posts on dates.post_key = posts.post_key
    {% if is_delta() %}
    where dates.post_key in {{ sought_values('(' ~ posts_to_place(ref('int_post_dates')) ~ ')', 'post_key') }}
    {% endif %}
    union all
    select
        'account' as target_type,
        account_key as target_key,
        account_key,
        calendar,
        cast(null as date) as publication_date,
        cast(null as varchar) as campaign,
        cast(null as varchar) as campaign_source,
        cast(null as varchar) as kind
    from {{ ref('int_accounts') }}

),

final as (

    select
        targets.*,
        {% if keeps_interactions() %}
        standing.target_key is not null as was_there,
        standing.account_key as was_account_key,
        standing.publication_date as was_publication_date
        {% else %}
        false as was_there,
        cast(null as varchar) as was_account_key,
        cast(null as date) as was_publication_date
        {% endif %}
    from targets
    {% if keeps_interactions() %}
    left join {{ standing('intermediate', 'int_targets') }} as standing
        on
            targets.target_type = standing.target_type
            and targets.target_key = standing.target_key
    where
        standing.target_key is null
        or {{ differ([
            'account_key', 'calendar', 'publication_date', 'campaign', 'campaign_source', 'kind'
        ], 'targets', 'standing') }}
    {% endif %}

)

select * from final
