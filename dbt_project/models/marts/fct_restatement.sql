-- Grain: one row per changed figure of a published fact and the version that changed it.
-- Without rows in the warehouse, where nobody knows what readers have: publication fills it, and
-- carries it from version to version (docs/decisions/restatements-are-published-with-their-version.md).
select
    cast(null as varchar) as fact,
    cast(null as varchar) as account_key,
    cast(null as varchar) as post_key,
    cast(null as date) as activity_date,
    cast(null as varchar) as measure,
    cast(null as double) as old_value,
    cast(null as double) as new_value,
    cast(null as varchar) as cause,
    cast(null as bigint) as was_version,
    cast(null as bigint) as version,
    cast(null as varchar) as run_id,
    cast(null as timestamp with time zone) as restated_at
where false
