-- Grain: one row per account and period: each month of publication, and all of them (`all`).
with posts as (

    select
        post_key,
        account_key,
        action_count,
        coalesce(is_outlier, false) as stands_out,
        {{ month_of('publication_date') }} as month
    from {{ ref('fct_post_outlier') }}

),

in_periods as (

    select
        *,
        {{ each_of(list_of(['month', "'all'"])) }} as period
    from posts

),

numbered as (

    select
        *,
        -- which of several with as many actions comes first makes no difference to any sum
        row_number() over (partition by account_key, period order by action_count) as ascending_place,
        count(*) over (partition by account_key, period) as number,
        max(action_count) over (partition by account_key, period) as most_actions
    from in_periods

),

placed as (

    select
        *,
        number + 1 - ascending_place as place
    from numbered

),

final as (

    select
        account_key,
        period,
        count(*) as post_count,
        cast(sum(action_count) as bigint) as action_count,
        min(post_key) filter (where action_count = most_actions) as top_post_key,
        max(action_count) as top_post_action_count,
        {{ ratio('max(action_count)', 'sum(action_count)') }} as top_post_share,
        {{ ratio('sum(action_count) filter (where place <= 10)', 'sum(action_count)') }} as top_10_share,
        {{ gini('action_count', 'ascending_place', 'number') }} as post_gini,
        {{ ratio('coalesce(sum(action_count) filter (where stands_out), 0)', 'sum(action_count)') }}
            as outlier_share
    from placed
    group by account_key, period

)

select * from final
