-- Grain: one row per account and address that its posts link to.
with links as (

    select
        *,
        -- of a post with two addresses nobody knows which was clicked
        case when link_count = 1 then stated_link_click_count end as click_count,
        case when link_count = 1 and stated_link_click_count is not null then stated_view_count end
            as clicked_view_count
    from {{ ref('fct_post_link') }}

),

linked as (

    select
        account_key,
        address,
        any_value(host) as host,
        count(*) as post_count,
        min(publication_date) as first_publication_date,
        cast(sum(stated_view_count) as bigint) as stated_view_count,
        cast(sum(click_count) as bigint) as stated_link_click_count,
        cast(sum(clicked_view_count) as bigint) as clicked_view_count
    from links
    group by account_key, address

),

pages as (

    select
        address,
        cast(sum(read_count) as bigint) as page_read_count,
        cast(sum(onward_read_count) as bigint) as onward_read_count,
        sum(read_count) filter (where onward_read_count is not null) as counted_read_count
    from {{ ref('fct_page_reads') }}
    group by address

),

final as (

    select
        linked.account_key,
        linked.address,
        linked.host,
        linked.post_count,
        linked.first_publication_date,
        linked.stated_view_count,
        linked.stated_link_click_count,
        {{ ratio('1000 * linked.stated_link_click_count', 'linked.clicked_view_count') }} as clicks_per_1k_views,
        pages.page_read_count,
        pages.onward_read_count,
        {{ ratio('pages.onward_read_count', 'pages.counted_read_count') }} as onward_read_share
    from linked
    left join pages on linked.address = pages.address

)

select * from final
