-- Grain: one row per account, series and day. A series is a verb, all actions, the busiest minute or
-- ten minutes, or the stated followers' growth. Counted ones have each day that an active one can be
-- judged by, quiet ones as 0: docs/decisions/a-series-is-as-long-as-its-memory.md. What was done for a
-- declared prize is left out: it is known, and no surprise.
with daily as (

    select * from {{ ref('int_engagement_daily') }}

),

active as (

    select
        account_key,
        activity_date,
        lag(activity_date) over days as before_date
    from daily
    window days as (partition by account_key order by activity_date)

),

remembered as (

    select
        account_key,
        activity_date,
        before_date,
        case
            when before_date is null then activity_date
            else greatest(before_date + 1, activity_date - {{ series_memory_days() }})
        end as from_date
    from active

),

-- a spell has no gap; what was before it is forgotten
spelled as (

    select
        *,
        max(case when from_date > before_date + 1 or before_date is null then from_date end) over (
            partition by account_key order by activity_date
            rows between unbounded preceding and current row
        ) as spell_date
    from remembered

),

calendar as (

    select
        account_key,
        spell_date,
        {{ each_date('from_date', 'activity_date') }} as activity_date
    from spelled

),

series as (

    {% for series in watched_series() %}
    select
        account_key,
        activity_date,
        '{{ series }}' as series,
        {{ series }}_count - {{ series }}_count_incentivised as observed_count,
        {{ series }}_count_organic + {{ series }}_count_ghost as assessed_count,
        {{ series }}_count_ghost as ghost_count,
        {{ series }}_count_coordinated as coordinated_count
    from daily
    union all
    {% endfor %}
    {% for span in ['peak_minute', 'peak_ten_minutes', 'peak_spike'] %}
    select
        account_key,
        activity_date,
        '{{ span }}' as series,
        {{ span }} as observed_count,
        0 as assessed_count,
        0 as ghost_count,
        0 as coordinated_count
    from {{ ref('int_daily_peaks') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

present as (

    select distinct
        account_key,
        series
    from series
    where observed_count > 0

),

counted as (

    select
        calendar.account_key,
        calendar.activity_date,
        calendar.spell_date,
        present.series,
        coalesce(series.observed_count, 0) as observed_count,
        coalesce(series.assessed_count, 0) as assessed_count,
        coalesce(series.ghost_count, 0) as ghost_count,
        coalesce(series.coordinated_count, 0) as coordinated_count
    from calendar
    inner join present on calendar.account_key = present.account_key
    left join series
        on
            calendar.account_key = series.account_key
            and calendar.activity_date = series.activity_date
            and present.series = series.series

),

stated as (

    select
        account_key,
        activity_date,
        cast(null as date) as spell_date,
        'stated_follower' as series,
        cast(round(greatest(growth, 0) / day_count) as bigint) as observed_count,
        0 as assessed_count,
        0 as ghost_count,
        0 as coordinated_count
    from {{ ref('int_follower_growth') }}

),

final as (

    select * from counted
    union all
    select * from stated

)

select
    final.*,
    {{ iso_weekday('final.activity_date') }} as iso_weekday,
    -- what a verb's count is a part of; a follow is no action, and neither is a peak
    case
        when final.series not in ('follow', 'action', 'stated_follower') and final.series not like 'peak%'
            then daily.action_count - daily.action_count_incentivised
    end as whole_count
from final
left join daily
    on
        final.account_key = daily.account_key
        and final.activity_date = daily.activity_date
