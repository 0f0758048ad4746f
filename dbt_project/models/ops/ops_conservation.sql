-- Grain: one row per partition and generation of its topic: everything that was ever read from it.
with batches as (

    select
        topic,
        partition,
        generation,
        min(first_offset) as first_offset,
        max(next_offset) as next_offset,
        cast(sum(next_offset - first_offset) as bigint) as offset_count,
        cast(sum(record_count) as bigint) as record_count,
        cast(sum(row_count) as bigint) as row_count,
        cast(sum(dead_letter_count) as bigint) as dead_letter_count
    from {{ source('raw', 'batches') }}
    group by topic, partition, generation

),

gaps as (

    select
        topic,
        partition,
        generation,
        cast(sum(to_offset - from_offset) as bigint) as gone_offset_count
    from {{ source('raw', 'gaps') }}
    group by topic, partition, generation

),

final as (

    select
        batches.topic,
        batches.partition,
        batches.generation,
        batches.first_offset,
        batches.next_offset,
        batches.record_count,
        batches.row_count,
        batches.dead_letter_count,
        coalesce(gaps.gone_offset_count, 0) as gone_offset_count,
        -- offsets that never held a record for us: transaction markers, aborted or compacted ones
        batches.offset_count - batches.record_count as empty_offset_count,
        batches.record_count = batches.row_count + batches.dead_letter_count as is_conserved
    from batches
    left join gaps
        on
            batches.topic = gaps.topic
            and batches.partition = gaps.partition
            and batches.generation = gaps.generation

)

select * from final
