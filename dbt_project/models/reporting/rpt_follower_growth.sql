-- Grain: one row per account and day on which its followers were stated.
with stated as (

    select
        account_key,
        observation_date,
        stated_follower_count,
        lag(observation_date) over accounts as previous_date,
        lag(stated_follower_count) over accounts as previous_follower_count
    from {{ ref('fct_account_daily') }}
    where stated_follower_count is not null
    window accounts as (partition by account_key order by observation_date)

),

rates as (

    select
        *,
        stated_follower_count - previous_follower_count as follower_change_count,
        -- relative, so that a small past and a large present can be compared
        {{ ratio(
            'ln((1.0 + stated_follower_count) / (1.0 + previous_follower_count))',
            'observation_date - previous_date'
        ) }} as daily_growth
    from stated

),

middles as (

    select
        account_key,
        count(daily_growth) as growth_count,
        median(daily_growth) as median_daily_growth
    from rates
    group by account_key

),

spreads as (

    select
        rates.account_key,
        median(abs(rates.daily_growth - middles.median_daily_growth)) as growth_mad
    from rates
    inner join middles on rates.account_key = middles.account_key
    group by rates.account_key

),

final as (

    select
        rates.account_key,
        rates.observation_date,
        rates.previous_date,
        rates.stated_follower_count,
        rates.follower_change_count,
        {{ ratio('rates.follower_change_count', 'rates.observation_date - rates.previous_date') }}
            as follower_change_per_day,
        rates.daily_growth as daily_growth_rate,
        middles.median_daily_growth as median_daily_growth_rate,
        case
            when middles.growth_count >= {{ var('jump_least_observations') }}
                then {{ robust_score('rates.daily_growth', 'middles.median_daily_growth', 'spreads.growth_mad') }}
        end as growth_score,
        abs(growth_score) > {{ var('outlier_score') }} as is_jump
    from rates
    inner join middles on rates.account_key = middles.account_key
    inner join spreads on rates.account_key = spreads.account_key

)

select * from final
