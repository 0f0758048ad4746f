-- Grain: one row per account and day for which anything at all can be told of its inflation.
{% set rules = inflation_rules() %}
with signals as (

    select
        account_key,
        activity_date,
        is_volume_unusual,
        is_peak_unusual,
        is_mix_unusual,
        is_follower_jump,
        is_stretch_unusual,
        is_ghost_share_high,
        is_ghosts_gathered,
        is_lockstep_share_high,
        is_counter_unexplained,
        -- all of these say that the day was not like others: one reason, not five
        greatest(
            is_volume_unusual, is_peak_unusual, is_mix_unusual, is_follower_jump, is_stretch_unusual
        ) as is_unlike_others
    from {{ ref('int_day_signals') }}

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
