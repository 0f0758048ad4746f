-- Grain: one row per account and day of int_series_surprises, with what its series say for inflation: true,
-- false, or null where nobody can tell.
-- depends_on: {{ ref('int_touched_series_days') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['account_key', 'activity_date'],
    meta={'touched_by': 'int_touched_series_days'}
) }}
{% set rules = inflation_rules() %}
with surprises as (

    select *
    from {{ ref('int_series_surprises') }}
    {% if is_incremental() %}
    where
        (account_key, activity_date) in (
            select
                touched.account_key,
                touched.activity_date
            from {{ ref('int_touched_series_days') }} as touched
        )
    {% endif %}

),

-- of a day's chances only the least can be too small
least_of_each as (

    select
        account_key,
        activity_date,
        count(volume_chance) as volume_tries,
        count(mix_chance) as mix_tries,
        count(ghost_chance) as ghost_tries,
        min(volume_chance) filter (where series <> 'stated_follower' and not {{ is_peak() }}) as volume_chance,
        min(volume_chance) filter (where {{ is_peak() }}) as peak_chance,
        min(volume_chance) filter (where series = 'stated_follower') as follower_chance,
        min(mix_chance) filter (where observed_count >= {{ rules.least_count }}) as mix_chance,
        count(*) filter (where assessed_count >= {{ rules.least_assessed }}) > 0 as is_assessed,
        min(ghost_chance) filter (
            where assessed_count >= {{ rules.least_assessed }} and ghost_count >= {{ rules.least_count }}
        ) as ghost_chance,
        max(ghost_share) filter (
            where assessed_count >= {{ rules.least_assessed }} and ghost_count >= {{ rules.least_count }}
        ) as ghost_share,
        coalesce(bool_or(is_in_lockstep), false) as has_lockstep,
        bool_or(case when observed_count > 0 then is_in_lockstep end) as is_lockstep_share_high
    from surprises
    group by account_key, activity_date

),

-- lockstep is hardly ever wrong: a day that has it need be less unlike others than one that has not
weighed as (

    select
        *,
        case
            when has_lockstep then {{ rules.tolerance_beside_lockstep }}
            else {{ rules.tolerance }}
        end as tolerance
    from least_of_each

)

select
    account_key,
    activity_date,
    volume_chance * volume_tries < tolerance as is_volume_unusual,
    peak_chance * volume_tries < tolerance as is_peak_unusual,
    follower_chance * volume_tries < tolerance as is_follower_jump,
    case when mix_tries > 0 then coalesce(mix_chance * mix_tries < tolerance, false) end as is_mix_unusual,
    case
        when is_assessed
            then
                coalesce(ghost_chance * ghost_tries < {{ rules.tolerance }}, false)
                or coalesce(ghost_share >= {{ rules.chronic_ghost_share }}, false)
    end as is_ghost_share_high,
    is_lockstep_share_high
from weighed
{% if not is_incremental() %}
-- as int_series_baselines are, and for the same reason
order by activity_date
{% endif %}
