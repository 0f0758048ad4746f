-- Grain: one row per account and day whose peaks this build makes anew: other actions make them than before.
-- Who did these is another matter: a class that changes moves no peak, but for a declared prize.
-- depends_on: {{ ref('int_interaction_changes') }}
-- depends_on: {{ ref('int_touched_account_days') }}
{% if not is_delta() or standing('intermediate', 'int_daily_peaks') is none %}
select
    account_key,
    activity_date
from {{ ref('int_touched_account_days') }}
{% else %}
with compared as (

    select
        account_key,
        activity_date,
        was_account_key,
        was_activity_date,
        {{ makes_peaks() }} as is_in,
        was_there and {{ makes_peaks('was_') }} as was_in
    from {{ ref('int_interaction_changes') }}

),

moved as (

    select *
    from compared
    where
        is_in <> was_in
        or account_key is distinct from was_account_key
        or activity_date is distinct from was_activity_date

),

touched as (

    select
        account_key,
        activity_date
    from moved
    where is_in
    union
    select
        was_account_key as account_key,
        was_activity_date as activity_date
    from moved
    where was_in

)

select
    account_key,
    activity_date
from touched
where account_key is not null and activity_date is not null
{% endif %}
