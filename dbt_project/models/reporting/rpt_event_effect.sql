-- Grain: one row per event, account that it concerns and measure.
with days as (

    select * from {{ ref('fct_event_day') }}

),

courses as (

    select 'own' as series
    union all
    select 'peers' as series

),

series as (

    -- the account's own course, and its course less its peers'
    select
        days.*,
        courses.series,
        case when courses.series = 'own' then days.log_value else days.log_value - days.peer_log_mean end as y
    from days
    cross join courses

),

centred as (

    select
        *,
        y - avg(y) over (partition by event_id, account_key, measure, series, is_after) as residual
    from series
    where y is not null

),

lagged as (

    select
        *,
        lag(residual) over (
            partition by event_id, account_key, measure, series, is_after order by activity_date
        ) as residual_before
    from centred

),

sums as (

    select
        event_id,
        account_key,
        measure,
        series,
        avg(value_count) filter (where not is_after) as before_per_day,
        avg(value_count) filter (where is_after) as after_per_day,
        count(*) filter (where not is_after) as before_days,
        count(*) filter (where is_after) as after_days,
        min(peer_count) as peer_count,
        avg(y) filter (where is_after) - avg(y) filter (where not is_after) as change,
        var_samp(y) filter (where not is_after) as before_variance,
        var_samp(y) filter (where is_after) as after_variance,
        greatest(0, least(0.9, coalesce(sum(residual * residual_before) / nullif(sum(residual * residual), 0), 0)))
            as neighbour_correlation
    from lagged
    group by event_id, account_key, measure, series

),

errors as (

    select
        *,
        before_variance / {{ effective_days('before_days', 'neighbour_correlation') }} as before_error,
        after_variance / {{ effective_days('after_days', 'neighbour_correlation') }} as after_error
    from sums

),

intervals as (

    -- Welch (1947), on effective days
    select
        *,
        greatest(
            2,
            power(before_error + after_error, 2) / nullif(
                power(before_error, 2) / ({{ effective_days('before_days', 'neighbour_correlation') }} - 1)
                + power(after_error, 2) / ({{ effective_days('after_days', 'neighbour_correlation') }} - 1), 0
            )
        ) as df,
        case
            when least(before_days, after_days) >= {{ var('event_least_days') }}
                then {{ t_quantile_975('df') }} * sqrt(before_error + after_error)
        end as margin
    from errors

),

final as (

    select
        own.event_id,
        events.title,
        events.event_date,
        own.account_key,
        own.measure,
        own.before_days,
        own.after_days,
        own.before_per_day,
        own.after_per_day,
        -- rounded: a sum of logarithms depends on the order that threads add them in
        round(exp(own.change) - 1, 9) as change_ratio,
        round(exp(own.change - own.margin) - 1, 9) as change_ratio_low,
        round(exp(own.change + own.margin) - 1, 9) as change_ratio_high,
        peers.peer_count,
        round(exp(peers.change) - 1, 9) as effect_ratio,
        round(exp(peers.change - peers.margin) - 1, 9) as effect_ratio_low,
        round(exp(peers.change + peers.margin) - 1, 9) as effect_ratio_high
    from intervals as own
    inner join {{ ref('dim_event') }} as events on own.event_id = events.event_id
    left join intervals as peers
        on
            own.event_id = peers.event_id
            and own.account_key = peers.account_key
            and own.measure = peers.measure
            and peers.series = 'peers'
    where own.series = 'own' and own.before_days > 0 and own.after_days > 0

)

select * from final
