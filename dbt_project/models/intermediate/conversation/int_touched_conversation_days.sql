-- Grain: one row per account and day of whose comments one came, went, or is seen otherwise. None in a full build.
-- depends_on: {{ ref('int_interaction_changes') }}
-- depends_on: {{ ref('int_touched_comments') }}
{{ config(pre_hook="{{ sift_touched_comments() }}") }}
{% set standing_replies = standing('marts', 'fct_reply') %}
{% if not is_delta() or standing_replies is none %}
select
    cast(null as varchar) as account_key,
    cast(null as date) as activity_date
where false
{% else %}
with touched as (

    -- as the last build left them: a comment that goes has its day here
    select
        account_key,
        activity_date
    from {{ standing_replies }}
    where
        {{ is_sifted('interaction_hash') }}
        and {{ is_touched('interaction_hash', 'int_touched_comments') }}
    union
    select
        account_key,
        activity_date
    from {{ ref('int_interaction_changes') }}
    where verb = 'comment' and not is_undone

)

select *
from touched
where account_key is not null
{% endif %}
