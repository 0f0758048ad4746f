-- Grain: one row per own account and period: each month of publication, and all of them (`all`).
{% set totals = ['like_count', 'share_count', 'comment_count', 'action_count'] %}
with posts as (

    select
        *,
        {{ month_of('publication_date') }} as month,
        campaign is not null as is_campaign
    from {{ ref('fct_post') }}
    where kind <> 'reply'

),

followers as (

    select
        account_key,
        max_by(stated_follower_count, observed_at) as stated_follower_count,
        max_by(stated_following_count, observed_at) as stated_following_count,
        max(observed_at) as followers_stated_at
    from {{ ref('fct_account_daily') }}
    group by account_key

),

periods as (

    select
        account_key,
        coalesce(month, 'all') as period,
        min(publication_date) as first_publication_date,
        max(publication_date) as last_publication_date,
        max(publication_date) - min(publication_date) + 1 as day_count,
        count(*) as post_count,
        count(*) filter (where is_campaign) as campaign_post_count,
        {%- for total in totals %}
        cast(sum({{ total }}) as bigint) as {{ total }},
        cast(coalesce(sum({{ total }}) filter (where is_campaign), 0) as bigint)
            as campaign_{{ total }},
        {%- endfor %}
        array_sort(array_agg(distinct language) filter (where language is not null)) as languages,
        array_sort(array_agg(distinct theme) filter (where theme is not null)) as themes
    from posts
    group by grouping sets ((account_key, month), (account_key))

),

replies as (

    select
        account_key,
        count(*) as own_reply_count
    from {{ ref('dim_post') }}
    where kind = 'reply'
    group by account_key

),

final as (

    select
        periods.*,
        accounts.platform,
        accounts.account_id,
        accounts.account_name,
        {{ ratio('periods.post_count', 'periods.day_count') }} as posts_per_day,
        {{ ratio('periods.action_count', 'periods.post_count') }} as action_count_per_post,
        {{ ratio('periods.like_count', 'periods.post_count') }} as like_count_per_post,
        {{ ratio('periods.share_count', 'periods.post_count') }} as share_count_per_post,
        {{ ratio('periods.comment_count', 'periods.post_count') }} as comment_count_per_post,
        {%- for total in totals %}
        {{ ratio(
            '(periods.' ~ total ~ ' - periods.campaign_' ~ total ~ ')',
            'periods.post_count - periods.campaign_post_count'
        ) }} as {{ total }}_per_post_without_campaigns,
        {%- endfor %}
        coalesce(replies.own_reply_count, 0) as own_reply_count,
        followers.stated_follower_count,
        followers.stated_following_count,
        followers.followers_stated_at,
        {{ ratio('followers.stated_follower_count', 'followers.stated_following_count') }}
            as followers_per_following,
        {{ ratio('periods.action_count', 'followers.stated_follower_count * periods.post_count') }}
            as action_count_per_follower_and_post
    from periods
    inner join {{ ref('dim_account') }} as accounts on periods.account_key = accounts.account_key
    left join followers on periods.account_key = followers.account_key
    left join replies on periods.account_key = replies.account_key
    where accounts.role = 'own'

)

select * from final
