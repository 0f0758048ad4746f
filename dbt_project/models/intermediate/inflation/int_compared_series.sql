-- Grain: one row per row of int_daily_series, and in its days per row that stood there when the last build ended,
-- with what had been made of it.
-- depends_on: {{ ref('int_series_ranges') }}
{% set counts = ['observed_count', 'assessed_count', 'ghost_count', 'coordinated_count', 'whole_count'] %}
{% if not series_stand() %}
select
    *,
    cast(null as bigint) as standing_clean_count,
    cast(null as double) as standing_level_count,
    true as is_there,
    true as is_changed
from {{ ref('int_daily_series') }}
{% else %}
with ranges as (

    select * from {{ ref('int_series_ranges') }}

),

standing as (

    select standing.*
    from {{ standing('intermediate', 'int_series_baselines') }} as standing
    inner join ranges
        on
            standing.account_key = ranges.account_key
            and (standing.series = 'stated_follower') = ranges.is_stated
            and standing.activity_date between ranges.first_date and ranges.last_date
    -- says the same of all accounts together: what was written in time's order is found without a look at the rest
    where
        standing.activity_date in (
            select {{ each_date('min(all_ranges.first_date)', 'max(all_ranges.last_date)') }} from ranges as all_ranges
        )

)

select
    coalesce(series.account_key, standing.account_key) as account_key,
    coalesce(series.activity_date, standing.activity_date) as activity_date,
    coalesce(series.series, standing.series) as series,
    series.spell_date,
    series.iso_weekday,
    {%- for count in counts %}
    series.{{ count }},
    {%- endfor %}
    standing.clean_count as standing_clean_count,
    standing.level_count as standing_level_count,
    series.account_key is not null as is_there,
    series.account_key is null
    or standing.account_key is null
    or {{ differ(counts, 'series', 'standing') }} as is_changed
from {{ ref('int_daily_series') }} as series
full join standing
    on
        series.account_key = standing.account_key
        and series.activity_date = standing.activity_date
        and series.series = standing.series
{% endif %}
