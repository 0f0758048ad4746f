-- Grain: one row per account and day whose peaks this build makes anew: other actions make them than before.
-- Who did these is another matter: a class that changes moves no peak, but for a declared prize.
-- depends_on: {{ ref('int_interaction_changes') }}
-- depends_on: {{ ref('int_touched_account_days') }}
{% set standing_peaks = standing('intermediate', 'int_daily_peaks') %}
{% if not is_delta() or standing_peaks is none %}
select
    account_key,
    activity_date,
    true as is_whole
from {{ ref('int_touched_account_days') }}
{% else %}
with moved as (

    {{ moved_peaks() }}

),

-- Where actions only came, a peak is the one that stands, or near what came. But what stood out does so less if more is
-- done beside it: then all of the day is looked at.
touched as (

    select
        moved.account_key,
        moved.activity_date,
        standing.account_key is null
        or coalesce({{ tells_on('moved.acted_minute', 'standing.peak_spike_minute') }}, false) as is_whole
    from moved
    left join {{ standing_peaks }} as standing
        on
            moved.account_key = standing.account_key
            and moved.activity_date = standing.activity_date
    where moved.is_in
    union all
    select
        was_account_key as account_key,
        was_activity_date as activity_date,
        true as is_whole
    from moved
    where was_in

)

select
    account_key,
    activity_date,
    bool_or(is_whole) as is_whole
from touched
where account_key is not null and activity_date is not null
group by account_key, activity_date
{% endif %}
