-- Grain: one row per row of int_daily_series, with what its own past makes of the day to come.
-- depends_on: {{ ref('int_touched_series_days') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['account_key', 'activity_date', 'series'],
    meta={'touched_by': 'int_touched_series_days'}
) }}
{% set rules = inflation_rules() %}
with
{% if is_incremental() %}
touched_ranges as (

    select distinct
        account_key,
        series,
        first_date,
        last_date
    from {{ ref('int_touched_series_days') }}

),
{% endif %}
known as (

    {% if is_incremental() %}
    -- the days in question, and a window before them: what had been made of those days stands
    select
        series.*,
        series.activity_date < touched.first_date as is_standing
    from {{ ref('int_compared_series') }} as series
    inner join touched_ranges as touched
        on
            series.account_key = touched.account_key
            and series.series = touched.series
            and series.activity_date <= touched.last_date
            and (
                series.series = 'stated_follower'
                or series.activity_date >= touched.first_date - {{ series_window_days() }}
            )
    where series.is_there
    {% else %}
    select
        *,
        false as is_standing
    from {{ ref('int_compared_series') }}
    {% endif %}

),

-- A day that was far out of the ordinary teaches nothing of ordinary days.
judged as (

    select
        *,
        ln(1 + observed_count) as size,
        count(*) over past as past_day_count,
        {{ quantiles('ln(1 + observed_count)', [0.25, 0.5, 0.75]) }} over past as sizes
    from known
    window past as (
        partition by account_key, series, spell_date order by activity_date
        rows between {{ rules.window_days }} preceding and 1 preceding
    )

),

cleaned as (

    select
        *,
        case
            when is_standing then standing_clean_count
            when
                past_day_count < {{ rules.least_days }}
                or size - {{ element_of('sizes', 2) }} <= {{ rules.unclean_at }} * greatest(
                    ({{ element_of('sizes', 3) }} - {{ element_of('sizes', 1) }}) / 1.349, 0.2
                )
                then observed_count
        end as clean_count
    from judged

),

seasoned as (

    select
        *,
        -- how much of an average day this weekday is, drawn towards one where few were seen
        (coalesce(sum(clean_count) over same_weekday, 0) + {{ rules.weekday_weight }} * avg(clean_count) over past)
        / nullif(
            (count(clean_count) over same_weekday + {{ rules.weekday_weight }}) * avg(clean_count) over past, 0
        ) as weekday_factor
    from cleaned
    window
        past as (
            partition by account_key, series, spell_date order by activity_date
            rows between {{ rules.window_days }} preceding and 1 preceding
        ),
        same_weekday as (
            partition by account_key, series, spell_date, iso_weekday order by activity_date
            rows between {{ rules.window_days // 7 }} preceding and 1 preceding
        )

),

levelled as (

    select
        *,
        case when is_standing then standing_level_count else clean_count / weekday_factor end as level_count
    from seasoned

),

final as (

    select
        account_key,
        activity_date,
        series,
        observed_count,
        assessed_count,
        ghost_count,
        coordinated_count,
        whole_count,
        clean_count,
        level_count,
        weekday_factor,
        count(level_count) over past as clean_day_count,
        avg(level_count) over past as mean_level,
        var_samp(level_count) over past as level_variance,
        avg(clean_count / nullif(whole_count, 0)) over past as mean_part,
        var_samp(clean_count / nullif(whole_count, 0)) over past as part_variance,
        avg(whole_count) filter (where clean_count is not null) over past as mean_whole,
        coalesce(sum(ghost_count) filter (where clean_count is not null) over past, 0) as past_ghost_count,
        coalesce(sum(assessed_count) filter (where clean_count is not null) over past, 0) as past_assessed_count
    from levelled
    window past as (
        partition by account_key, series, spell_date order by activity_date
        rows between {{ rules.window_days }} preceding and 1 preceding
    )

)

select final.*
from final
{% if is_incremental() %}
inner join {{ ref('int_touched_series_days') }} as touched
    on
        final.account_key = touched.account_key
        and final.activity_date = touched.activity_date
        and final.series = touched.series
{% else %}
-- what is touched is mostly late: then it lies together
order by final.activity_date
{% endif %}
