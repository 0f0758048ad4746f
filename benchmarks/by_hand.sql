-- The facts of the daily marts, as one script would make them of the raw tables in one go: interactions
-- folded, placed and classed, the days of posts and accounts, and posts. What is known of actors is given.
set timezone = 'UTC';
set preserve_insertion_order = false;
drop schema if exists by_hand cascade;
create schema by_hand;

create or replace macro counted(of_verb, of_class) as cast(coalesce(sum(number) filter (
    (verb = of_verb or of_verb = 'action' and verb <> 'follow')
    and (of_class is null or engagement_class = of_class)
), 0) as bigint);

create table by_hand.posts as
with folded as (
    select
        platform || ':' || post_id as post_key,
        any_value(platform || ':' || account_id) as account_key,
        any_value(platform) as platform,
        any_value(post_id) as post_id,
        any_value(account_id) as account_id,
        arg_max(text, event_time) filter (text is not null) as text,
        arg_max(language, event_time) filter (language is not null) as language,
        arg_max(campaign, event_time) filter (campaign is not null) as campaign,
        arg_max(hashtags, event_time) filter (hashtags is not null) as hashtags,
        arg_max(kind, event_time) as kind,
        min(created_at) as published_at
    from raw.posts
    group by post_key
),
zones as (
    select
        a.platform || ':' || a.account_id as account_key,
        any_value(coalesce(r.time_zone, p.default_time_zone, 'UTC')) as time_zone
    from raw.accounts a
    left join staging.account_register r on a.platform = r.platform and a.account_id = r.account_id
    left join staging.platforms p on a.platform = p.platform
    where a.role in ('own', 'peer')
    group by a.platform, a.account_id
)
select
    folded.*,
    coalesce(zones.time_zone, 'UTC') as time_zone,
    cast(timezone(coalesce(zones.time_zone, 'UTC'), published_at) as date) as publication_date
from folded left join zones using (account_key);

create table by_hand.fct_interaction as
with again as (
    select hash(platform, verb, interaction_id) as id from raw.interactions group by id having count(*) > 1
),
once as (
    select
        *,
        event_time as last_event_at,
        undone as is_undone
    from raw.interactions where hash(platform, verb, interaction_id) not in (select id from again)
    union all by name
    select
        *,
        max(event_time) over same as last_event_at,
        first_value(undone) over (partition by platform, verb, interaction_id order by event_time desc, undone desc)
            as is_undone
    from raw.interactions where hash(platform, verb, interaction_id) in (select id from again)
    window same as (partition by platform, verb, interaction_id)
    qualify row_number() over (partition by platform, verb, interaction_id order by created_at) = 1
)
select
    i.platform || ':' || i.verb || ':' || i.interaction_id as interaction_key,
    i.platform,
    i.interaction_id,
    i.verb,
    case when i.object_type = 'post' then p.account_key else i.platform || ':' || i.object_id end as account_key,
    case when i.object_type = 'post' then i.platform || ':' || i.object_id end as post_key,
    i.platform || ':' || i.actor_id as actor_key,
    i.parent_id,
    i.created_at as interacted_at,
    cast(timezone(coalesce(p.time_zone, 'UTC'), i.created_at) as date) as activity_date,
    p.publication_date,
    i.text,
    i.language,
    i.is_undone,
    case when i.is_undone then i.last_event_at end as undone_at,
    case
        when v.coordination_group_key is not null then 'coordinated'
        when p.campaign is not null then 'incentivised'
        when v.ghost_band = 'ghost' then 'ghost'
        when v.ghost_band = 'real' then 'organic'
        else 'unassessed'
    end as engagement_class,
    v.ghost_reasons as class_reasons,
    i.last_event_at
from once i
left join by_hand.posts p
    -- a condition of one side alone beside this would make it a nested loop
    on case when i.object_type = 'post' then i.platform || ':' || i.object_id end = p.post_key
left join intermediate.int_actor_verdicts v on i.platform || ':' || i.actor_id = v.actor_key;

create table by_hand.wide as
with cells as (
    select account_key, post_key, activity_date, verb, engagement_class, count(*) as number
    from by_hand.fct_interaction where not is_undone group by all
)
select
    account_key,
    post_key,
    activity_date,
    counted('like', null) as like_count,
    counted('like', 'organic') as like_count_organic,
    counted('like', 'incentivised') as like_count_incentivised,
    counted('like', 'coordinated') as like_count_coordinated,
    counted('like', 'ghost') as like_count_ghost,
    counted('like', 'unassessed') as like_count_unassessed,
    counted('share', null) as share_count,
    counted('share', 'organic') as share_count_organic,
    counted('share', 'incentivised') as share_count_incentivised,
    counted('share', 'coordinated') as share_count_coordinated,
    counted('share', 'ghost') as share_count_ghost,
    counted('share', 'unassessed') as share_count_unassessed,
    counted('comment', null) as comment_count,
    counted('comment', 'organic') as comment_count_organic,
    counted('comment', 'incentivised') as comment_count_incentivised,
    counted('comment', 'coordinated') as comment_count_coordinated,
    counted('comment', 'ghost') as comment_count_ghost,
    counted('comment', 'unassessed') as comment_count_unassessed,
    counted('reply', null) as reply_count,
    counted('reply', 'organic') as reply_count_organic,
    counted('reply', 'incentivised') as reply_count_incentivised,
    counted('reply', 'coordinated') as reply_count_coordinated,
    counted('reply', 'ghost') as reply_count_ghost,
    counted('reply', 'unassessed') as reply_count_unassessed,
    counted('quote', null) as quote_count,
    counted('quote', 'organic') as quote_count_organic,
    counted('quote', 'incentivised') as quote_count_incentivised,
    counted('quote', 'coordinated') as quote_count_coordinated,
    counted('quote', 'ghost') as quote_count_ghost,
    counted('quote', 'unassessed') as quote_count_unassessed,
    counted('follow', null) as follow_count,
    counted('follow', 'organic') as follow_count_organic,
    counted('follow', 'incentivised') as follow_count_incentivised,
    counted('follow', 'coordinated') as follow_count_coordinated,
    counted('follow', 'ghost') as follow_count_ghost,
    counted('follow', 'unassessed') as follow_count_unassessed,
    counted('action', null) as action_count,
    counted('action', 'organic') as action_count_organic,
    counted('action', 'incentivised') as action_count_incentivised,
    counted('action', 'coordinated') as action_count_coordinated,
    counted('action', 'ghost') as action_count_ghost,
    counted('action', 'unassessed') as action_count_unassessed
from cells group by account_key, post_key, activity_date;

create table by_hand.fct_post_engagement_daily as
select w.*, p.publication_date from by_hand.wide w left join by_hand.posts p using (post_key)
where w.post_key is not null;

create table by_hand.fct_engagement_daily as
with days as (
    select account_key, activity_date, sum(columns('_count'))::bigint from by_hand.wide
    where account_key is not null group by account_key, activity_date
),
published as (
    select account_key, publication_date as activity_date, count(*) as post_count
    from by_hand.posts where kind <> 'reply' group by all
)
select * from days full join published using (account_key, activity_date);

create table by_hand.fct_post as
with counted as (
    select post_key, min(activity_date) as first_date, max(activity_date) as last_date,
        sum(columns('_count'))::bigint
    from by_hand.wide where post_key is not null group by post_key
),
stated as (
    select platform || ':' || post_id as post_key, arg_max(likes, observed_at) as stated_like_count,
        arg_max(shares, observed_at) as stated_share_count,
        arg_max(comments, observed_at) as stated_comment_count,
        arg_max(views, observed_at) as stated_view_count, max(observed_at) as stated_at
    from raw.counters group by post_key
)
select * from by_hand.posts left join counted using (post_key) left join stated using (post_key);
