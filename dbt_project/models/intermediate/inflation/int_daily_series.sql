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

-- the days' counts beside each other: they are joined once, and told apart by series afterwards
placed as (

    select
        calendar.account_key,
        calendar.activity_date,
        calendar.spell_date,
        {%- for series in watched_series() %}
        coalesce(daily.{{ series }}_count - daily.{{ series }}_count_incentivised, 0) as {{ series }}_observed_count,
        coalesce(daily.{{ series }}_count_organic + daily.{{ series }}_count_ghost, 0) as {{ series }}_assessed_count,
        coalesce(daily.{{ series }}_count_ghost, 0) as {{ series }}_ghost_count,
        coalesce(daily.{{ series }}_count_coordinated, 0) as {{ series }}_coordinated_count,
        {%- endfor %}
        {%- for series in peak_series() %}
        coalesce(peaks.{{ series }}, 0) as {{ series }}_observed_count,
        {%- endfor %}
        daily.action_count - daily.action_count_incentivised as action_part_count
    from calendar
    left join daily
        on
            calendar.account_key = daily.account_key
            and calendar.activity_date = daily.activity_date
    left join {{ ref('int_daily_peaks') }} as peaks
        on
            calendar.account_key = peaks.account_key
            and calendar.activity_date = peaks.activity_date

),

-- what was never done to an account is no series of it
present as (

    {% for series in watched_series() + peak_series() %}
    select
        account_key,
        '{{ series }}' as series
    from placed
    group by account_key
    having max({{ series }}_observed_count) > 0
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

counted as (

    {% for series in watched_series() + peak_series() %}
    {%- set is_peak = series in peak_series() %}
    select
        account_key,
        activity_date,
        spell_date,
        '{{ series }}' as series,
        {{ series }}_observed_count as observed_count,
        {{ series ~ '_assessed_count' if not is_peak else 0 }} as assessed_count,
        {{ series ~ '_ghost_count' if not is_peak else 0 }} as ghost_count,
        {{ series ~ '_coordinated_count' if not is_peak else 0 }} as coordinated_count,
        -- what a verb's count is a part of; a follow is no action, and neither is a peak
        {{ 'action_part_count' if not is_peak and series not in ['follow', 'action'] else 'null' }} as whole_count
    from placed
    where
        account_key in (
            select present.account_key from present
            where present.series = '{{ series }}'
        )
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

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
        0 as coordinated_count,
        null as whole_count
    from {{ ref('int_follower_growth') }}

),

final as (

    select * from counted
    union all
    select * from stated

)

select
    *,
    {{ iso_weekday('activity_date') }} as iso_weekday
from final
