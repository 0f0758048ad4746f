-- One row per measure of the reference case, read from the published file.
with month as (

    select * from reporting.rpt_scorecard
    where account_key = 'weibo:canadaweibo'

),

period as (

    select * from month
    where period = 'all'

),

january as (

    select * from month
    where period = '2014-01'

),

february as (

    select * from month
    where period = '2014-02'

),

account as (

    select max(stated_post_count)::varchar as stated_posts
    from marts.fct_account_daily
    where account_key = 'weibo:canadaweibo'

),

days as (

    select
        min(post_count) as quietest,
        max(post_count) as busiest
    from marts.fct_engagement_daily
    where account_key = 'weibo:canadaweibo'

),

peers as (

    select * from reporting.rpt_peer_league
    where account_key = 'weibo:canadaweibo'

),

numbers as (

    unpivot (
        select
            january.post_count::double as posts_january,
            february.post_count::double as posts_february,
            period.post_count::double as posts,
            period.day_count::double as days,
            period.posts_per_day,
            days.quietest::double as posts_on_quietest_day,
            days.busiest::double as posts_on_busiest_day,
            period.like_count::double as likes,
            period.share_count::double as shares,
            period.comment_count::double as comments,
            period.action_count::double as actions,
            100 * period.like_count / period.action_count as like_percent,
            100 * period.share_count / period.action_count as share_percent,
            100 * period.comment_count / period.action_count as comment_percent,
            period.campaign_share_count::double as contest_shares,
            period.campaign_comment_count::double as contest_comments,
            period.campaign_action_count::double as contest_actions,
            100 * period.campaign_action_count / period.action_count as contest_action_percent,
            100 * period.campaign_share_count / period.share_count as contest_share_percent,
            100 * period.campaign_comment_count / period.comment_count as contest_comment_percent,
            (period.post_count - period.campaign_post_count)::double as posts_without_contest,
            (period.action_count - period.campaign_action_count)::double
                as actions_without_contest,
            period.action_count_per_post_without_campaigns as actions_per_post_without_contest,
            period.action_count_per_post as actions_per_post,
            period.share_count_per_post as shares_per_post,
            period.share_count_per_post_without_campaigns as shares_per_post_without_contest,
            period.comment_count_per_post as comments_per_post,
            period.comment_count_per_post_without_campaigns as comments_per_post_without_contest,
            period.like_count_per_post as likes_per_post,
            period.stated_follower_count::double as followers,
            period.stated_following_count::double as following,
            period.followers_per_following,
            100 * period.action_count_per_follower_and_post
                as action_percent_per_follower_and_post,
            peers.group_follower_count::double as peers_followers,
            peers.follower_rank::double as peers_rank,
            100 * peers.follower_share as peers_percent,
            peers.group_follower_gini as peers_gini,
            peers.group_median_follower_count as peers_median
        from period, january, february, days, peers
    )
    on columns(*) into name measure value number

),

words as (

    unpivot (
        select
            coalesce(account.stated_posts, 'not stated in the stream') as account_posts,
            case
                when period.own_reply_count < 0.01 * period.comment_count
                    then 'rare: ' || period.own_reply_count || ' in the stream'
                else period.own_reply_count || ' in the stream'
            end as replies,
            case period.languages
                when ['zh'] then 'Chinese'
                else array_to_string(period.languages, ', ')
            end as language,
            array_to_string(period.themes, ', ') as themes
        from period, account
    )
    on columns(*) into name measure value words

)

select
    measure,
    number,
    null as words
from numbers
union all
select
    measure,
    null as number,
    words
from words
