-- Grain: one row per account and day whose facts this build makes anew. Add a source, not a window.
with touched as (

    select
        account_key,
        activity_date
    from {{ ref('int_engagement_changes') }}
    union
    select
        account_key,
        publication_date as activity_date
    from {{ ref('int_target_changes') }}
    union
    select
        was_account_key as account_key,
        was_publication_date as activity_date
    from {{ ref('int_target_changes') }}

)

select
    account_key,
    activity_date
from touched
where account_key is not null and activity_date is not null
