-- Grain: one row per official account and pseudonym under which it acts.
select distinct
    {{ key(['platform', 'account_id']) }} as account_key,
    {{ key(['platform', 'actor_id']) }} as actor_key
from {{ ref('stg_accounts') }}
where role in ('own', 'peer') and actor_id is not null
