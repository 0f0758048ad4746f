-- Grain: one row per campaign of an account.
select
    account_key,
    campaign,
    count(*) filter (where campaign_source = 'event') as declared_post_count,
    count(*) filter (where campaign_source = 'rule') as ruled_post_count,
    min(publication_date) as first_publication_date,
    max(publication_date) as last_publication_date
from {{ ref('dim_post') }}
where campaign is not null
group by account_key, campaign
