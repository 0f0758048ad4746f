-- Grain: one row per account, day with lockstep, and series: what was done on the days with lockstep around
-- it, all together. A group that is lost in one day's ups and downs comes again on the next. No day counts
-- for more than a rare one would: a great day is no command.
{% set rules = inflation_rules() %}
with days as (

    select distinct
        account_key,
        activity_date
    from {{ ref('int_series_surprises') }}
    where is_in_lockstep

),

surprises as (

    select surprises.*
    from {{ ref('int_series_surprises') }} as surprises
    inner join days
        on
            surprises.account_key = days.account_key
            and surprises.activity_date = days.activity_date
    where
        surprises.volume_chance is not null
        -- by whatever pace a group acts: in a minute or ten, or over a day
        and surprises.series in ('peak_spike', 'peak_ten_minutes', 'action')

),

added as (

    select
        days.account_key,
        days.activity_date,
        surprises.series,
        count(*) as day_count,
        sum(least(
            surprises.observed_count,
            surprises.expected_count + {{ rules.most_deviation }} * sqrt(surprises.expected_variance)
        )) as observed_count,
        sum(surprises.expected_count) as expected_count,
        sum(surprises.expected_variance) as expected_variance
    from days
    inner join surprises
        on
            days.account_key = surprises.account_key
            and surprises.activity_date between days.activity_date - {{ rules.stretch_days }}
            and days.activity_date + {{ rules.stretch_days }}
    group by days.account_key, days.activity_date, surprises.series
    having count(*) > 1

),

final as (

    select
        *,
        {{ count_tail('observed_count', 'expected_count', 'expected_variance') }} as stretch_chance
    from added

)

select * from final
