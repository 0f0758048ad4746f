-- Grain: one row per official account and pseudonym under which it acts, where no earlier build knew of it.
select
    {{ key(['platform', 'account_id']) }} as account_key,
    {{ key(['platform', 'actor_id']) }} as actor_key
from {{ ref('stg_accounts') }}
where role in ('own', 'peer') and actor_id is not null
group by platform, account_id, actor_id
having min(batch_id) > {{ build_plan().batch_id }}
