-- Grain: one row per account and day: by how much its posts' stated likes, shares and comments grew.
select
    growth.account_key,
    growth.activity_date,
    cast(sum(growth.stated_growth) as bigint) as stated_growth
from {{ ref('int_post_growth') }} as growth
-- posts of official accounts alone
inner join {{ ref('int_accounts') }} as accounts on growth.account_key = accounts.account_key
group by growth.account_key, growth.activity_date
