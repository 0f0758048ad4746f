-- Grain: one row per account and day on which its profile was observed; the day's last observation.
-- depends_on: {{ ref('int_target_changes') }}
-- depends_on: {{ ref('int_touched_observation_days') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['account_key', 'observation_date'],
    meta={'touched_by': 'int_touched_observation_days'},
    on_schema_change='fail'
) }}
with rezoned as (

    select target_key as account_key
    from {{ ref('int_target_changes') }}
    where target_type = 'account'

),

official as (

    select
        *,
        {{ landed_since_last_build() }}
        or account_key in (select rezoned.account_key from rezoned) as is_touched
    from {{ ref('stg_accounts') }}
    where role in ('own', 'peer')

),

observations as (

    select
        official.account_key,
        official.platform,
        official.account_id,
        {{ date_in_span('official.observed_at', 'calendars') }} as observation_date,
        official.observed_at,
        official.followers as stated_follower_count,
        official.following as stated_following_count,
        official.posts as stated_post_count
    from official
    inner join {{ ref('int_accounts') }} as accounts on official.account_key = accounts.account_key
    inner join {{ ref('int_calendars') }} as calendars
        on accounts.calendar = calendars.calendar and {{ is_in_span('official.observed_at', 'calendars') }}
    {% if is_incremental() %} where official.is_touched{% endif %}

),

known as (

    select * from observations
    {% if is_incremental() %}
    union all
    select standing.*
    from {{ this }} as standing
    inner join {{ ref('int_touched_observation_days') }} as touched
        on
            standing.account_key = touched.account_key
            and standing.observation_date = touched.observation_date
    where not touched.is_rezoned
    {% endif %}

),

final as (

    {{ first_of_each('known', ['account_key', 'observation_date'], [
        'observed_at desc', 'stated_follower_count desc nulls last',
        'stated_following_count desc nulls last', 'stated_post_count desc nulls last'
    ]) }}

)

select * from final
