-- Grain: one row per account and day with activity: the most that was done in any minute, and in any ten,
-- and by how many actions two minutes stood out from the two before and the two after: a crowd swells
-- and ebbs away, a command is carried out. What was done for a declared prize is left out.
-- depends_on: {{ ref('int_touched_account_days') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['account_key', 'activity_date'],
    meta={'touched_by': 'int_touched_account_days'}
) }}
with actions as (

    select
        interactions.account_key,
        interactions.activity_date,
        cast(floor({{ epoch_seconds('interactions.interacted_at') }} / 60) as bigint) as acted_minute
    from {{ ref('fct_interaction') }} as interactions
    {% if is_incremental() %}
    inner join {{ ref('int_touched_account_days') }} as touched
        on
            interactions.account_key = touched.account_key
            and interactions.activity_date = touched.activity_date
    {% endif %}
    where
        interactions.account_key is not null
        and not interactions.is_undone
        and interactions.engagement_class <> 'incentivised'
        and interactions.verb <> 'follow'

),

minutes as (

    select
        account_key,
        activity_date,
        acted_minute,
        count(*) as action_count
    from actions
    group by account_key, activity_date, acted_minute

),

ten_minutes as (

    select
        account_key,
        activity_date,
        cast(sum(action_count) as bigint) as action_count
    from minutes
    group by account_key, activity_date, floor(acted_minute / 10)

),

peak_ten_minutes as (

    select
        account_key,
        activity_date,
        max(action_count) as peak_ten_minutes
    from ten_minutes
    group by account_key, activity_date

),

around as (

    select
        account_key,
        activity_date,
        action_count,
        sum(action_count) over (nearby range between current row and 1 following) as here_count,
        coalesce(sum(action_count) over (nearby range between 2 preceding and 1 preceding), 0) as before_count,
        coalesce(sum(action_count) over (nearby range between 2 following and 3 following), 0) as after_count
    from minutes
    window nearby as (partition by account_key, activity_date order by acted_minute)

),

peak_minute as (

    select
        account_key,
        activity_date,
        max(action_count) as peak_minute,
        cast(max(greatest(here_count - greatest(before_count, after_count), 0)) as bigint) as peak_spike
    from around
    group by account_key, activity_date

),

final as (

    select
        peak_minute.account_key,
        peak_minute.activity_date,
        peak_minute.peak_minute,
        peak_ten_minutes.peak_ten_minutes,
        peak_minute.peak_spike
    from peak_minute
    inner join peak_ten_minutes
        on
            peak_minute.account_key = peak_ten_minutes.account_key
            and peak_minute.activity_date = peak_ten_minutes.activity_date

)

select * from final
