-- Grain: one row per account and day for which anything at all can be told of its inflation.
{% set rules = inflation_rules() %}
with stretches as (

    select
        account_key,
        activity_date,
        min(stretch_chance) * count(stretch_chance) < {{ rules.tolerance_beside_lockstep }} as is_stretch_unusual
    from {{ ref('int_lockstep_stretches') }}
    group by account_key, activity_date

),

signals as (

    select
        coalesce(signals.account_key, counters.account_key) as account_key,
        coalesce(signals.activity_date, counters.activity_date) as activity_date,
        signals.is_volume_unusual,
        signals.is_peak_unusual,
        signals.is_mix_unusual,
        signals.is_follower_jump,
        stretches.is_stretch_unusual,
        signals.is_ghost_share_high,
        signals.is_lockstep_share_high,
        case
            when gatherings.assessed_count >= {{ rules.least_assessed }}
                then coalesce(gatherings.least_chance * gatherings.place_count < {{ rules.tolerance }}, false)
        end as is_ghosts_gathered,
        counters.is_counter_unexplained,
        -- all of these say that the day was not like others: one reason, not five
        greatest(
            signals.is_volume_unusual, signals.is_peak_unusual, signals.is_mix_unusual,
            signals.is_follower_jump, stretches.is_stretch_unusual
        ) as is_unlike_others
    from {{ ref('int_day_signals') }} as signals
    left join stretches
        on
            signals.account_key = stretches.account_key
            and signals.activity_date = stretches.activity_date
    left join {{ ref('int_ghost_gatherings') }} as gatherings
        on
            signals.account_key = gatherings.account_key
            and signals.activity_date = gatherings.activity_date
    -- counters may grow after the last day on which anything was counted
    full join {{ ref('int_counter_surprises') }} as counters
        on
            signals.account_key = counters.account_key
            and signals.activity_date = counters.activity_date

),

weighed as (

    select
        *,
        cast(coalesce(is_unlike_others, false) as integer)
        + cast(coalesce(is_ghost_share_high, false) as integer)
        + cast(coalesce(is_ghosts_gathered, false) as integer)
        + cast(coalesce(is_lockstep_share_high, false) as integer)
        + cast(coalesce(is_counter_unexplained, false) as integer) as reason_count,
        cast(is_unlike_others is not null as integer)
        + cast(is_ghost_share_high is not null as integer)
        + cast(is_ghosts_gathered is not null as integer)
        + cast(is_lockstep_share_high is not null as integer)
        + cast(is_counter_unexplained is not null as integer) as assessed_kind_count
    from signals

),

final as (

    select
        account_key,
        activity_date,
        reason_count,
        assessed_kind_count,
        case
            when reason_count >= {{ rules.least_reasons }} then true
            when assessed_kind_count >= {{ rules.least_reasons }} then false
        end as is_inflated,
        {{ list_of_known([
            "case when is_volume_unusual then 'unusual_volume' end",
            "case when is_peak_unusual then 'unusual_peak' end",
            "case when is_mix_unusual then 'unusual_mix' end",
            "case when is_follower_jump then 'follower_jump' end",
            "case when is_stretch_unusual then 'unusual_stretch' end",
            "case when is_ghost_share_high then 'ghost_share' end",
            "case when is_ghosts_gathered then 'ghosts_gathered' end",
            "case when is_lockstep_share_high then 'lockstep_share' end",
            "case when is_counter_unexplained then 'counters_without_events' end"
        ]) }} as inflation_reasons
    from weighed
    where assessed_kind_count > 0

)

select * from final
