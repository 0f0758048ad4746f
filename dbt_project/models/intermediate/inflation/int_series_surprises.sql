-- Grain: one row per row of int_series_baselines, with how likely each of its counts is by its own past.
{{ config(materialized='view') }}
{% set rules = inflation_rules() %}
with dispersed as (

    select
        *,
        -- the busiest minutes of many vary less than counts do, and are the sharper for it
        case
            when {{ is_peak() }}
                then least(1, greatest(level_variance / mean_level, {{ rules.least_dispersion }}))
            else 1
        end as dispersion
    from {{ ref('int_series_baselines') }}

),

baselines as (

    select
        *,
        mean_level * weekday_factor as expected_count,
        case
            when dispersion < 1 then 0
            else greatest((level_variance - mean_level) / (mean_level * mean_level), {{ rules.least_spread }})
        end as own_spread,
        -- a verb that was never seen is as if half an action had been
        whole_count * greatest(mean_part, 0.5 / (mean_whole * clean_day_count)) as expected_part_count,
        case
            when mean_part > 0
                then greatest(
                    part_variance / (mean_part * mean_part) - 1 / (mean_part * mean_whole), {{ rules.least_spread }}
                )
            else {{ rules.least_spread }}
        end
        -- how little is known of a part of which few were seen
        + 1 / (mean_part * mean_whole * clean_day_count + 0.5) as part_spread,
        (past_ghost_count + {{ rules.prior_ghost_share * rules.prior_weight }})
        / (past_assessed_count + {{ rules.prior_weight }}) as expected_ghost_share
    from dispersed

),

uncertain as (

    select
        *,
        -- the mean and the weekday's factor are estimates of some days, and that widens what is usual
        own_spread
        + (own_spread + dispersion / mean_level) * (1.0 / clean_day_count + 1.0 / {{ rules.weekday_weight + 8 }})
            as spread
    from baselines

),

varied as (

    select
        *,
        dispersion * expected_count + spread * expected_count * expected_count as expected_variance
    from uncertain

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
        clean_day_count,
        expected_count,
        expected_variance,
        expected_ghost_share,
        case
            when clean_day_count >= {{ rules.least_days }} and expected_count > 0
                then {{ count_tail('observed_count', 'expected_count', 'expected_variance') }}
        end as volume_chance,
        case
            when clean_day_count >= {{ rules.least_days }} and expected_part_count > 0
                then {{ negative_binomial_tail('observed_count', 'expected_part_count', 'part_spread') }}
        end as mix_chance,
        case
            when assessed_count > 0
                then {{ negative_binomial_tail(
                    'ghost_count', '(assessed_count * expected_ghost_share)', rules.share_spread
                ) }}
        end as ghost_chance,
        {{ ratio('ghost_count', 'assessed_count') }} as ghost_share,
        coordinated_count >= {{ rules.least_count }}
        and coordinated_count >= {{ rules.lockstep_share }} * observed_count as is_in_lockstep
    from varied

)

select * from final
