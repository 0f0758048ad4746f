-- Grain: one row per account and publication date of whose posts one is counted, stated or placed otherwise than
-- when the last build ended. None in a full build.
-- depends_on: {{ ref('int_post_dates') }}
-- depends_on: {{ ref('int_target_changes') }}
-- depends_on: {{ ref('int_touched_posts') }}
{% if not is_delta() %}
select
    cast(null as varchar) as account_key,
    cast(null as date) as publication_date
where false
{% else %}
select
    account_key,
    publication_date
from {{ ref('int_post_dates') }}
where {{ is_touched('post_key', 'int_touched_posts') }}
union
select
    was_account_key as account_key,
    was_publication_date as publication_date
from {{ ref('int_target_changes') }}
where target_type = 'post' and was_there
{% endif %}
