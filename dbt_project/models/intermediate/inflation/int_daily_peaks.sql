-- Grain: one row per account and day with activity: the most that was done in any minute, and in any ten.
-- What was done for a declared prize is left out.
{% set spans = {'peak_minute': 60, 'peak_ten_minutes': 600} %}
with actions as (

    select
        account_key,
        activity_date,
        cast(epoch(interacted_at) as bigint) as acted_second
    from {{ ref('fct_interaction') }}
    where
        account_key is not null
        and not is_undone
        and engagement_class <> 'incentivised'
        and verb <> 'follow'

),
{% for span, seconds in spans.items() %}
{{ span }} as (

    select
        account_key,
        activity_date,
        max(action_count) as {{ span }}
    from (
        select
            account_key,
            activity_date,
            count(*) as action_count
        from actions
        group by account_key, activity_date, acted_second // {{ seconds }}
    )
    group by account_key, activity_date

),
{% endfor %}
final as (

    select
        peak_minute.account_key,
        peak_minute.activity_date,
        peak_minute.peak_minute,
        peak_ten_minutes.peak_ten_minutes
    from peak_minute
    inner join peak_ten_minutes
        on
            peak_minute.account_key = peak_ten_minutes.account_key
            and peak_minute.activity_date = peak_ten_minutes.activity_date

)

select * from final
