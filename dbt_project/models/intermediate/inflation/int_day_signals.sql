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

signals as (

    select
        account_key,
        activity_date,
        bool_or(case
            when series <> 'stated_follower' and series not like 'peak%'
                then volume_chance * volume_tries < {{ rules.tolerance }}
        end) as is_volume_unusual,
        bool_or(case
            when series like 'peak%' then volume_chance * volume_tries < {{ rules.tolerance }}
        end) as is_peak_unusual,
        bool_or(case
            when series = 'stated_follower' then volume_chance * volume_tries < {{ rules.tolerance }}
        end) as is_follower_jump,
        bool_or(mix_chance * mix_tries < {{ rules.tolerance }}) as is_mix_unusual,
        bool_or(case
            when assessed_count >= {{ rules.least_assessed }}
                then
                    ghost_count >= {{ rules.least_count }}
                    and (
                        ghost_chance * ghost_tries < {{ rules.tolerance }}
                        or ghost_share >= {{ rules.chronic_ghost_share }}
                    )
        end) as is_ghost_share_high,
        bool_or(case
            when observed_count > 0
                then
                    coordinated_count >= {{ rules.least_count }}
                    and lockstep_share >= {{ rules.lockstep_share }}
        end) as is_lockstep_share_high
    from surprises
    group by account_key, activity_date

),

final as (

    select
        signals.*,
        counters.is_counter_unexplained
    from signals
    left join {{ ref('int_counter_surprises') }} as counters
        on
            signals.account_key = counters.account_key
            and signals.activity_date = counters.activity_date

)

select * from final
