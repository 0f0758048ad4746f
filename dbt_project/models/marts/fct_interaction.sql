-- Grain: one row per interaction, with its class.
with interactions as (

    select * from {{ ref('int_interactions') }}

),

posts as (

    select * from {{ ref('int_post_dates') }}

),

accounts as (

    select * from {{ ref('int_accounts') }}

),

platforms as (

    select * from {{ ref('platforms') }}

),

placed as (

    select
        interactions.*,
        case
            when interactions.object_type = 'post'
                then {{ key(['interactions.platform', 'interactions.object_id']) }}
        end as post_key,
        case
            when interactions.object_type = 'account'
                then {{ key(['interactions.platform', 'interactions.object_id']) }}
        end as followed_account_key
    from interactions

),

zoned as (

    select
        placed.*,
        posts.publication_date,
        posts.campaign,
        coalesce(posts.account_key, placed.followed_account_key) as account_key,
        coalesce(
            posts.time_zone, accounts.time_zone, platforms.default_time_zone, 'UTC'
        ) as time_zone
    from placed
    left join posts on placed.post_key = posts.post_key
    left join accounts on placed.followed_account_key = accounts.account_key
    left join platforms on placed.platform = platforms.platform

),

final as (

    select
        interaction_key,
        platform,
        interaction_id,
        verb,
        account_key,
        post_key,
        actor_key,
        parent_id,
        interacted_at,
        {{ local_date('interacted_at', 'time_zone') }} as activity_date,
        publication_date,
        text,
        language,
        is_undone,
        undone_at,
        -- Until the guard has seen an actor, nothing is called organic: docs/decisions.
        case when campaign is not null then 'incentivised' else 'unassessed' end as engagement_class,
        case
            when campaign is not null then ['declared_campaign'] else ['not_assessed']
        end as class_reasons
    from zoned

)

select * from final
