{#- The rules of an inflated day, in one place: docs/decisions/an-inflated-day.md says why.

    `tolerance` is how often a single reason may be wrong on a natural day; two that agree are needed.
    The priors are what an account without a past is taken to be like. -#}
{% macro inflation_rules() -%}
    {{ return({
        'window_days': 56,
        'least_days': 21,
        'unclean_at': 3.5,
        'tolerance': 0.03,
        'tolerance_beside_lockstep': 0.1,
        'stretch_days': 3,
        'most_deviation': 3,
        'least_dispersion': 0.25,
        'least_spread': 0.02,
        'share_spread': 0.1,
        'counter_spread': 0.05,
        'weekday_weight': 4,
        'prior_ghost_share': 0.02,
        'prior_weight': 50,
        'least_count': 5,
        'least_assessed': 10,
        'chronic_ghost_share': 0.2,
        'lockstep_share': 0.02,
        'least_reasons': 2,
    }) }}
{%- endmacro %}

{#- How far back a window of a series looks: one of days, or one of as many weeks of a weekday. -#}
{% macro series_window_days() -%}
    {{ return(inflation_rules().window_days + 7) }}
{%- endmacro %}

{#- How far back a day of a series can depend on another: a level is that of a window of days, each
    seen against its own window of weekdays, each clean by its own. -#}
{% macro series_memory_days() -%}
    {{ return(3 * series_window_days()) }}
{%- endmacro %}

{#- What is watched of a day: each verb, and all actions together. -#}
{% macro watched_series() -%}
    {{ return(verbs() + ['action']) }}
{%- endmacro %}

{#- And how crowded its minutes were: see int_daily_peaks. -#}
{% macro peak_series() -%}
    {{ return(['peak_minute', 'peak_ten_minutes', 'peak_spike']) }}
{%- endmacro %}

{#- Whether a row is of one of these. -#}
{% macro is_peak() -%}
    series in ('{{ peak_series() | join("', '") }}')
{%- endmacro %}

{#- Whether an interaction is among those whose minutes are counted, as it is or as it was. -#}
{% macro makes_peaks(was='') -%}
    (verb <> 'follow' and not {{ was }}is_undone and {{ was }}engagement_class <> 'incentivised')
{%- endmacro %}

{#- The minute that an instant is in, and the ten minutes that a minute is in, as numbers. -#}
{% macro minute_of(instant) -%}
    cast(floor({{ epoch_seconds(instant) }} / 60) as integer)
{%- endmacro %}

{% macro tens_of(minute) -%}
    cast(floor(({{ minute }}) / 10) as integer)
{%- endmacro %}

{#- How many minutes before and after it tell on how much a minute stands out: see int_daily_peaks. -#}
{% macro spike_reach() -%}
    {{ return({'before': 2, 'after': 3}) }}
{%- endmacro %}

{#- Whether what is done in one minute tells on how much another stands out. -#}
{% macro tells_on(minute, spike_minute) -%}
    {{ spike_minute }} between {{ minute }} - {{ spike_reach().after }} and {{ minute }} + {{ spike_reach().before }}
{%- endmacro %}

{#- Interactions that make peaks and did not, or the other way round, or that make them elsewhere. -#}
{% macro moved_peaks() -%}
    select *
    from (
        select
            account_key,
            activity_date,
            {{ minute_of('interacted_at') }} as acted_minute,
            was_account_key,
            was_activity_date,
            {{ minute_of('was_interacted_at') }} as was_acted_minute,
            {{ makes_peaks() }} as is_in,
            was_there and {{ makes_peaks('was_') }} as was_in
        from {{ ref('int_interaction_changes') }}
    )
    where
        is_in <> was_in
        or account_key is distinct from was_account_key
        or activity_date is distinct from was_activity_date
        -- told once more, and of an earlier minute
        or acted_minute is distinct from was_acted_minute
{%- endmacro %}

{#- What is said of an account's day beside its counts, and of which of the joined judgements. -#}
{% macro day_judgements() -%}
    {{ return({
        'is_inflated': 'inflated.is_inflated',
        'inflation_reasons': 'inflated.inflation_reasons',
        'inflation_override_by': 'overrides.made_by',
        'inflation_override_at': 'overrides.made_at',
        'inflation_override_reason': 'overrides.reason',
        'inflation_override_last_date': 'overrides.last_date',
    }) }}
{%- endmacro %}

{#- Joins the judgements to a relation of accounts' days. -#}
{% macro join_day_judgements(days) -%}
    left join {{ ref('int_inflated_days') }} as inflated
        on
            {{ days }}.account_key = inflated.account_key
            and {{ days }}.activity_date = inflated.activity_date
    left join {{ ref('ops_override') }} as overrides
        on
            {{ days }}.account_key = overrides.account_key
            and {{ days }}.activity_date = overrides.activity_date
            and overrides.withdrawn_at is null
{%- endmacro %}

{#- Whether days that the judgements are joined to have others. -#}
{% macro are_judged_otherwise(days) -%}
    (
        {%- for name, judgement in day_judgements().items() %}
        {{ days }}.{{ name }} is distinct from {{ judgement }}{{ ' or' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{#- What is left of the stated followers once the ghosts are out; null where too few were assessed. -#}
{% macro real_reach(followers, assessed, ghost_share) -%}
    case
        when {{ assessed }} >= {{ var('reach_least_coverage') }} * {{ followers }}
            then {{ followers }} * (1 - {{ ghost_share }})
    end
{%- endmacro %}

{#- Whether series of days were judged before, so that only those of days are looked at that are counted otherwise. -#}
{% macro series_stand() -%}
    {{ return(is_delta() and standing('intermediate', 'int_series_baselines') is not none) }}
{%- endmacro %}
