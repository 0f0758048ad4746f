-- Grain: one row per account of the register: the imported one, or the shipped seed before any import.
with imported as (

    select * from {{ source('raw', 'account_register') }}

),

final as (

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
        cast(opened as date) as opened_date,
        cast(registered as date) as registered_date
    from imported
    union all
    select
        platform,
        account_id,
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
