-- Grain: one row per account and day, with what speaks for inflation: true, false, or null where
-- nobody can tell.
{% set rules = inflation_rules() %}
with surprises as (

    select
        *,
        count(volume_chance) over (partition by account_key, activity_date) as volume_tries,
        count(mix_chance) over (partition by account_key, activity_date) as mix_tries,
        count(ghost_chance) over (partition by account_key, activity_date) as ghost_tries
    from {{ ref('int_series_surprises') }}

),

-- lockstep is hardly ever wrong: a day that has it need be less unlike others than one that has not
weighed as (

    select
        *,
        case
            when coalesce(bool_or(is_in_lockstep) over (partition by account_key, activity_date), false)
                then {{ rules.tolerance_beside_lockstep }}
            else {{ rules.tolerance }}
        end as tolerance
    from surprises

),

signals as (

    select
        account_key,
        activity_date,
        bool_or(case
            when series <> 'stated_follower' and not {{ is_peak() }}
                then volume_chance * volume_tries < tolerance
        end) as is_volume_unusual,
        bool_or(case
            when {{ is_peak() }} then volume_chance * volume_tries < tolerance
        end) as is_peak_unusual,
        bool_or(case
            when series = 'stated_follower' then volume_chance * volume_tries < tolerance
        end) as is_follower_jump,
        bool_or(case
            when mix_chance is not null
                then mix_chance * mix_tries < tolerance and observed_count >= {{ rules.least_count }}
        end) as is_mix_unusual,
        bool_or(case
            when assessed_count >= {{ rules.least_assessed }}
                then
                    ghost_count >= {{ rules.least_count }}
                    and (
                        ghost_chance * ghost_tries < {{ rules.tolerance }}
                        or ghost_share >= {{ rules.chronic_ghost_share }}
                    )
        end) as is_ghost_share_high,
        bool_or(case when observed_count > 0 then is_in_lockstep end) as is_lockstep_share_high
    from weighed
    group by account_key, activity_date

),

stretches as (

    select
        account_key,
        activity_date,
        min(stretch_chance) * count(stretch_chance) < {{ rules.tolerance_beside_lockstep }} as is_stretch_unusual
    from {{ ref('int_lockstep_stretches') }}
    group by account_key, activity_date

),

final as (

    select
        coalesce(signals.account_key, counters.account_key) as account_key,
        coalesce(signals.activity_date, counters.activity_date) as activity_date,
        signals.is_volume_unusual,
        signals.is_peak_unusual,
        signals.is_follower_jump,
        stretches.is_stretch_unusual,
        signals.is_mix_unusual,
        signals.is_ghost_share_high,
        signals.is_lockstep_share_high,
        case
            when gatherings.assessed_count >= {{ rules.least_assessed }}
                then coalesce(gatherings.least_chance * gatherings.place_count < {{ rules.tolerance }}, false)
        end as is_ghosts_gathered,
        counters.is_counter_unexplained
    from signals
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

)

select * from final
