-- Grain: one row per account, series and day that this build looks at: int_series_ranges, in a full build all.
-- A series is a verb, all actions, the busiest minute or ten minutes, or the stated followers' growth. Counted
-- ones have each day that an active one can be judged by, quiet ones as 0:
-- docs/decisions/a-series-is-as-long-as-its-memory.md. What was done for a declared prize is left out: it is
-- known, and no surprise.
-- depends_on: {{ ref('int_series_ranges') }}
{{ config(materialized='ephemeral') }}
{% set limits = ['first_active_date', 'first_date', 'last_date'] if series_stand() else [] %}
with daily as (

    {% if series_stand() %}
    select
        daily.*,
        ranges.{{ limits | join(', ranges.') }}
    from {{ ref('int_engagement_daily') }} as daily
    inner join {{ ref('int_series_ranges') }} as ranges
        on
            daily.account_key = ranges.account_key
            and daily.activity_date >= ranges.first_date
    where not ranges.is_stated
    {% else %}
    select * from {{ ref('int_engagement_daily') }}
    {% endif %}

),

active as (

    select
        {{ (['account_key', 'activity_date'] + limits) | join(', ') }},
        lag(activity_date) over days as before_date
    from daily
    window days as (partition by account_key order by activity_date)

),

-- of days before those that are looked at nothing is asked: where there is one, it is long enough ago
remembered as (

    select
        *,
        case
            when before_date is null{% if limits %} and activity_date = first_active_date{% endif %} then activity_date
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

    {% if limits %}
    select
        account_key,
        spell_date,
        {{ each_date('greatest(from_date, first_date)', 'least(activity_date, last_date)') }} as activity_date
    from spelled
    where from_date <= last_date
    {% else %}
    select
        account_key,
        spell_date,
        {{ each_date('from_date', 'activity_date') }} as activity_date
    from spelled
    {% endif %}

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
            select present.account_key from {{ ref('int_present_series') }} as present
            where present.series = '{{ series }}'
        )
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

stated as (

    select
        growth.account_key,
        growth.activity_date,
        cast(null as date) as spell_date,
        'stated_follower' as series,
        cast(round(greatest(growth.growth, 0) / growth.day_count) as bigint) as observed_count,
        0 as assessed_count,
        0 as ghost_count,
        0 as coordinated_count,
        null as whole_count
    from {{ ref('int_follower_growth') }} as growth
    {% if series_stand() %}
    inner join {{ ref('int_series_ranges') }} as ranges
        on
            growth.account_key = ranges.account_key
            and growth.activity_date between ranges.first_date and ranges.last_date
    where ranges.is_stated
    {% endif %}

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
