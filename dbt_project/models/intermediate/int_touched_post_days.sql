-- Grain: one row per post and activity date whose facts this build makes anew.
select distinct
    post_key,
    activity_date
from {{ ref('int_engagement_changes') }}
where post_key is not null
