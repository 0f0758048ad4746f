-- Grain: one row per account and day from which an import of the register says something of it.
-- Before any import the shipped seed is the register. Which line holds when: int_register_spans.
with imported as (

    select
        platform,
        account_id,
        mission,
        country_code,
        city,
        time_zone,
        peer_group,
        role,
        language,
        opened,
        registered,
        valid_from,
        imported_on,
        coalesce(import_id, 0) as import_id,
        count(*) over (partition by platform, account_id, import_id) as line_count,
        min(coalesce(import_id, 0)) over (partition by platform, account_id) as first_import_id
    from {{ source('raw', 'register_lines') }}

),

imports as (

    select
        import_id,
        lead(import_id) over (order by import_id) as next_import_id,
        lead(max(imported_on)) over (order by import_id) as next_imported_on
    from imported
    group by import_id

),

struck_off as (

    select distinct
        imported.platform,
        imported.account_id,
        imports.next_import_id as import_id,
        imports.next_imported_on as from_date
    from imported
    inner join imports on imported.import_id = imports.import_id
    left join imported as following
        on
            imports.next_import_id = following.import_id
            and imported.platform = following.platform
            and imported.account_id = following.account_id
    where imports.next_import_id is not null and following.platform is null

),

final as (

    select
        platform,
        account_id,
        import_id,
        -- several lines tell a history, which begins with the one that doesn't say since when
        case
            when valid_from is not null then cast(valid_from as date)
            when line_count > 1 or import_id = first_import_id then {{ always() }}
            else imported_on
        end as from_date,
        true as is_listed,
        mission,
        country_code,
        city,
        time_zone,
        peer_group,
        role,
        language,
        cast(opened as date) as opened_date,
        cast(registered as date) as registered_date
    from imported
    union all
    select
        platform,
        account_id,
        import_id,
        from_date,
        false as is_listed,
        {%- for column in ['mission', 'country_code', 'city', 'time_zone', 'peer_group', 'role', 'language'] %}
        cast(null as varchar) as {{ column }},
        {%- endfor %}
        cast(null as date) as opened_date,
        cast(null as date) as registered_date
    from struck_off
    union all
    select
        platform,
        account_id,
        0 as import_id,
        {{ always() }} as from_date,
        true as is_listed,
        mission,
        country_code,
        city,
        time_zone,
        peer_group,
        cast(null as varchar) as role,
        cast(null as varchar) as language,
        cast(null as date) as opened_date,
        cast(null as date) as registered_date
    from {{ ref('account_register') }}
    where not exists (select 1 from imported)

)

select * from final
