-- Grain: one row per post, with its account's calendar, its publication date there and its campaign.
-- depends_on: {{ ref('stg_posts') }}
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='post_key') }}
{% set standing_targets = standing('intermediate', 'int_targets') %}
{% set is_partial = is_incremental() and standing_targets is not none %}
with accounts as (

    select * from {{ ref('int_accounts') }}

),

posts as (

    select * from {{ ref('int_posts') }}
    {% if is_partial %}
    where post_key in {{ sought_values('(' ~ posts_to_place(ref('int_posts')) ~ ')', 'post_key') }}
    {% endif %}

),

platforms as (

    select * from {{ ref('platforms') }}

),

rules as (

    select * from {{ ref('campaign_rules') }}

),

zoned as (

    select
        posts.post_key,
        posts.account_key,
        posts.published_at,
        posts.campaign,
        posts.text,
        posts.hashtags,
        -- a foreign account has its platform's calendar; the gate closes on it anyway
        coalesce(accounts.calendar, platforms.default_time_zone, 'UTC') as calendar
    from posts
    left join accounts on posts.account_key = accounts.account_key
    left join platforms on posts.platform = platforms.platform

),

dated as (

    select
        zoned.*,
        {{ date_in_span('zoned.published_at', 'calendars') }} as publication_date,
        cast({{ local_hour('zoned.published_at', 'calendars.time_zone') }} as integer) as publication_hour
    from zoned
    inner join {{ ref('int_calendars') }} as calendars
        on zoned.calendar = calendars.calendar and {{ is_in_span('zoned.published_at', 'calendars') }}

),

ruled as (

    select
        dated.post_key,
        min_by(rules.campaign, rules.priority) as campaign
    from dated
    inner join rules on {{ rule_matches('campaign_rules', 'rules', 'dated', 'dated.publication_date') }}
    group by dated.post_key

),

final as (

    select
        dated.post_key,
        dated.account_key,
        -- what the event declares stands before what a rule says
        coalesce(dated.campaign, ruled.campaign) as campaign,
        case
            when dated.campaign is not null then 'event'
            when ruled.campaign is not null then 'rule'
        end as campaign_source,
        dated.calendar,
        dated.publication_date,
        dated.publication_hour
    from dated
    left join ruled on dated.post_key = ruled.post_key

)

select * from final
