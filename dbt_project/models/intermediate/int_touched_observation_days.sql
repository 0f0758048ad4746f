-- Grain: one row per account and day whose observation this build makes anew.
with rezoned as (

    select target_key as account_key
    from {{ ref('int_target_changes') }}
    where target_type = 'account'

),

touched as (

    select
        observed.account_key,
        {{ date_in_span('observed.observed_at', 'calendars') }} as observation_date,
        rezoned.account_key is not null as is_rezoned
    from {{ ref('stg_accounts') }} as observed
    inner join {{ ref('int_accounts') }} as accounts on observed.account_key = accounts.account_key
    inner join {{ ref('int_calendars') }} as calendars
        on accounts.calendar = calendars.calendar and {{ is_in_span('observed.observed_at', 'calendars') }}
    left join rezoned on observed.account_key = rezoned.account_key
    where observed.role in ('own', 'peer') and {{ landed_since_last_build() }}
    {%- set standing_days = standing('intermediate', 'int_account_daily') %}
    {% if standing_days is not none %}
    union all
    select
        standing.account_key,
        standing.observation_date,
        true as is_rezoned
    from {{ standing_days }} as standing
    inner join rezoned on standing.account_key = rezoned.account_key
    {% endif %}

)

select distinct
    account_key,
    observation_date,
    is_rezoned
from touched
