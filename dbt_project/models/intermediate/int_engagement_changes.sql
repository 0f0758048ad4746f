-- Grain: one row per account, post, day, verb and class: interactions added less those taken away.
-- A full build adds all there are.
-- depends_on: {{ ref('fct_interaction') }}
-- depends_on: {{ ref('int_interaction_changes') }}
{% set grain = 'account_key, post_key, activity_date, verb, engagement_class' %}
{% if is_delta() %}
with moved as (

    select
        {{ grain }},
        1 as change
    from {{ ref('int_interaction_changes') }}
    where not is_undone
    union all
    select
        was_account_key as account_key,
        was_post_key as post_key,
        was_activity_date as activity_date,
        verb,
        was_engagement_class as engagement_class,
        -1 as change
    from {{ ref('int_interaction_changes') }}
    where was_there and not was_is_undone

)

select
    {{ grain }},
    cast(sum(change) as bigint) as change
from moved
group by {{ grain }}
{% else %}
select
    {{ grain }},
    count(*) as change
from {{ ref('fct_interaction') }}
where not is_undone
group by {{ grain }}
{% endif %}
