-- Grain: one row per account and day with activity: the most that was done in any minute, and in any ten,
-- and by how many actions two minutes stood out from the two before and the two after, and the first of them: a crowd
-- swells and ebbs away, a command is carried out. What was done for a declared prize is left out.
-- depends_on: {{ ref('int_interaction_changes') }}
-- depends_on: {{ ref('int_touched_peak_days') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['account_key', 'activity_date'],
    meta={'touched_by': 'int_touched_peak_days'},
    on_schema_change='fail'
) }}
{% set is_read = 'days.is_whole or read_tens.day_number is not null' if is_incremental() else 'true' %}
{% set is_judged = 'days.is_whole or read_tens.is_judged' if is_incremental() else 'true' %}
-- a number for each day: very many minutes are grouped and put in order
with days as materialized (

    select
        account_key,
        activity_date,
        is_whole,
        cast(row_number() over (order by account_key, activity_date) as integer) as day_number
    from {{ ref('int_touched_peak_days') }}

),

{% if is_incremental() %}
moved as (

    {{ moved_peaks() }}

),

-- of a day to which actions only came, the tens of minutes that have one that may stand out otherwise
judged_tens as (

    select distinct
        days.day_number,
        {{ each_of(list_of([
            tens_of('moved.acted_minute - ' ~ spike_reach().after), tens_of('moved.acted_minute + ' ~ spike_reach().before)
        ])) }} as ten_number
    from moved
    inner join days
        on
            moved.account_key = days.account_key
            and moved.activity_date = days.activity_date
    where moved.is_in and not days.is_whole

),

around_judged as (

    select
        day_number,
        ten_number,
        {{ each_of(list_of([-1, 0, 1])) }} as step
    from judged_tens

),

-- these, and the tens around them
read_tens as materialized (

    select
        day_number,
        ten_number + step as ten_number,
        bool_or(step = 0) as is_judged
    from around_judged
    group by day_number, ten_number + step

),
{% endif %}

actions as (

    select
        days.day_number,
        {{ is_judged }} as is_judged,
        {{ minute_of('interactions.interacted_at') }} as acted_minute
    from {{ ref('fct_interaction') }} as interactions
    inner join days
        on
            interactions.account_key = days.account_key
            and interactions.activity_date = days.activity_date
    {% if is_incremental() %}
    left join read_tens
        on
            days.day_number = read_tens.day_number
            and {{ tens_of(minute_of('interactions.interacted_at')) }} = read_tens.ten_number
    {% endif %}
    where {{ makes_peaks() }} and ({{ is_read }})

),

minutes as (

    select
        day_number,
        is_judged,
        acted_minute,
        count(*) as action_count
    from actions
    group by day_number, is_judged, acted_minute

),

ten_minutes as (

    select
        day_number,
        cast(sum(action_count) as bigint) as action_count
    from minutes
    where is_judged
    group by day_number, {{ tens_of('acted_minute') }}

),

-- minutes without an action have no row: a neighbour is one whose number is near enough
neighbours as (

    select
        *,
        acted_minute - lag(acted_minute, 2) over minutes as before_2,
        lag(action_count, 2) over minutes as before_2_count,
        acted_minute - lag(acted_minute, 1) over minutes as before_1,
        lag(action_count, 1) over minutes as before_1_count,
        lead(acted_minute, 1) over minutes - acted_minute as after_1,
        lead(action_count, 1) over minutes as after_1_count,
        lead(acted_minute, 2) over minutes - acted_minute as after_2,
        lead(action_count, 2) over minutes as after_2_count,
        lead(acted_minute, 3) over minutes - acted_minute as after_3,
        lead(action_count, 3) over minutes as after_3_count
    from minutes
    window minutes as (partition by day_number order by acted_minute)

),

around as (

    select
        day_number,
        is_judged,
        acted_minute,
        action_count,
        action_count + case when after_1 = 1 then after_1_count else 0 end as here_count,
        case when before_1 <= 2 then before_1_count else 0 end
        + case when before_2 <= 2 then before_2_count else 0 end as before_count,
        case when after_1 in (2, 3) then after_1_count else 0 end
        + case when after_2 in (2, 3) then after_2_count else 0 end
        + case when after_3 in (2, 3) then after_3_count else 0 end as after_count
    from neighbours

),

spikes as (

    select
        day_number,
        action_count,
        acted_minute,
        greatest(here_count - greatest(before_count, after_count), 0) as spike
    from around
    where is_judged

),

peak_ten_minutes as (

    select
        day_number,
        max(action_count) as peak_ten_minutes
    from ten_minutes
    group by day_number

),

peak_minute as (

    select
        day_number,
        max(action_count) as peak_minute,
        cast(max(spike) as bigint) as peak_spike,
        -- of several that stand out as much the earliest: the same whatever was looked at
        max_by(acted_minute, spike * {{ 2 ** 32 }} - acted_minute) as peak_spike_minute
    from spikes
    group by day_number

),

found as (

    select
        days.account_key,
        days.activity_date,
        peak_minute.peak_minute,
        peak_ten_minutes.peak_ten_minutes,
        peak_minute.peak_spike,
        case when peak_minute.peak_spike > 0 then peak_minute.peak_spike_minute end as peak_spike_minute
    from peak_minute
    inner join peak_ten_minutes on peak_minute.day_number = peak_ten_minutes.day_number
    inner join days on peak_minute.day_number = days.day_number

)
{% if is_incremental() %}
,

standing as (

    select peaks.*
    from {{ this }} as peaks
    inner join days
        on
            peaks.account_key = days.account_key
            and peaks.activity_date = days.activity_date
    where not days.is_whole

),

final as (

    select
        found.account_key,
        found.activity_date,
        greatest(found.peak_minute, standing.peak_minute) as peak_minute,
        greatest(found.peak_ten_minutes, standing.peak_ten_minutes) as peak_ten_minutes,
        greatest(found.peak_spike, standing.peak_spike) as peak_spike,
        case
            when standing.peak_spike > found.peak_spike then standing.peak_spike_minute
            when standing.peak_spike = found.peak_spike
                then least(standing.peak_spike_minute, found.peak_spike_minute)
            else found.peak_spike_minute
        end as peak_spike_minute
    from found
    left join standing
        on
            found.account_key = standing.account_key
            and found.activity_date = standing.activity_date

)

select * from final
{% else %}
select * from found
{% endif %}
