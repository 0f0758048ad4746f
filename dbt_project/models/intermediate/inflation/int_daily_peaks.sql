-- Grain: one row per account and day with activity: the most that was done in any minute, and in any ten,
-- and by how many actions two minutes stood out from the two before and the two after: a crowd swells
-- and ebbs away, a command is carried out. What was done for a declared prize is left out.
-- depends_on: {{ ref('int_touched_peak_days') }}
{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['account_key', 'activity_date'],
    meta={'touched_by': 'int_touched_peak_days'}
) }}
-- a number for each day: very many minutes are grouped and put in order
with days as materialized (

    select
        account_key,
        activity_date,
        cast(row_number() over (order by account_key, activity_date) as integer) as day_number
    from {{ ref('int_touched_peak_days') }}

),

actions as (

    select
        days.day_number,
        cast(floor({{ epoch_seconds('interactions.interacted_at') }} / 60) as integer) as acted_minute
    from {{ ref('fct_interaction') }} as interactions
    inner join days
        on
            interactions.account_key = days.account_key
            and interactions.activity_date = days.activity_date
    where {{ makes_peaks() }}

),

minutes as (

    select
        day_number,
        acted_minute,
        count(*) as action_count
    from actions
    group by day_number, acted_minute

),

ten_minutes as (

    select
        day_number,
        cast(sum(action_count) as bigint) as action_count
    from minutes
    group by day_number, floor(acted_minute / 10)

),

peak_ten_minutes as (

    select
        day_number,
        max(action_count) as peak_ten_minutes
    from ten_minutes
    group by day_number

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
        action_count,
        action_count + case when after_1 = 1 then after_1_count else 0 end as here_count,
        case when before_1 <= 2 then before_1_count else 0 end
        + case when before_2 <= 2 then before_2_count else 0 end as before_count,
        case when after_1 in (2, 3) then after_1_count else 0 end
        + case when after_2 in (2, 3) then after_2_count else 0 end
        + case when after_3 in (2, 3) then after_3_count else 0 end as after_count
    from neighbours

),

peak_minute as (

    select
        day_number,
        max(action_count) as peak_minute,
        cast(max(greatest(here_count - greatest(before_count, after_count), 0)) as bigint) as peak_spike
    from around
    group by day_number

),

final as (

    select
        days.account_key,
        days.activity_date,
        peak_minute.peak_minute,
        peak_ten_minutes.peak_ten_minutes,
        peak_minute.peak_spike
    from peak_minute
    inner join peak_ten_minutes on peak_minute.day_number = peak_ten_minutes.day_number
    inner join days on peak_minute.day_number = days.day_number

)

select * from final
