-- Grain: one row per finding, source and post: where what a source says of a post disagrees.
{% set other_reactions = ['loves', 'wows', 'hahas', 'sads', 'angrys'] %}
with reactions as (

    select
        event_source,
        platform,
        post_id,
        {{ json_integer('extra', 'reactions') }} as stated_count,
        likes
        {%- for kind in other_reactions %}
        + {{ json_integer('extra', kind) }}
        {%- endfor %} as added_count,
        row_number() over (
            partition by event_source, platform, post_id
            order by observed_at desc, event_id asc, kafka_partition asc, kafka_offset asc
        ) as recency
    from {{ source('raw', 'counters') }}
    where extra is not null

),

repeated as (

    select
        event_source,
        platform,
        post_id,
        count(*) as landed_count,
        count(distinct created_at) as time_count
    from {{ source('raw', 'posts') }}
    where state = 'published'
    group by event_source, platform, post_id
    having count(*) > 1

),

final as (

    select
        'reactions_do_not_add_up' as finding,
        event_source,
        platform,
        post_id,
        stated_count as found_count,
        added_count as expected_count
    from reactions
    where recency = 1 and stated_count <> added_count
    union all
    select
        'publication_times_differ' as finding,
        event_source,
        platform,
        post_id,
        time_count as found_count,
        1 as expected_count
    from repeated
    where time_count > 1
    union all
    select
        'landed_again' as finding,
        event_source,
        platform,
        post_id,
        landed_count as found_count,
        1 as expected_count
    from repeated
    where time_count = 1

)

select
    finding,
    event_source,
    platform,
    post_id,
    cast(found_count as bigint) as found_count,
    cast(expected_count as bigint) as expected_count,
    cast(found_count - expected_count as bigint) as difference_count
from final
