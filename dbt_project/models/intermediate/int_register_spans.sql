-- Grain: one row per account of the register and span of days in which it says the same.
{% set said = registered_attributes() %}
with lines as (

    select * from {{ ref('stg_register_lines') }}

),

-- a line holds until the next one of its import, and until a later import speaks of that day
overlaid as (

    select
        *,
        min(from_date) over (
            partition by platform, account_id order by import_id desc, from_date desc
            rows between unbounded preceding and 1 preceding
        ) as overlaid_from_date
    from lines

),

compared as (

    select
        *,
        lag(from_date) over so_far as before_date,
        {{ changed_attributes(said, 'so_far') }} as changed_attributes
    from overlaid
    where overlaid_from_date is null or from_date < overlaid_from_date
    window so_far as (partition by platform, account_id order by from_date)

),

final as (

    select
        {{ key(['platform', 'account_id']) }} as account_key,
        platform,
        account_id,
        from_date as valid_from_date,
        lead(from_date) over spans as valid_to_date,
        lead(from_date) over spans is null as is_current,
        {%- for attribute in said %}
        {{ attribute }},
        {%- endfor %}
        case
            when before_date is null then {{ no_attributes() }}
            else changed_attributes
        end as changed_attributes
    from compared
    where before_date is null or {{ list_size('changed_attributes') }} > 0
    window spans as (partition by platform, account_id order by from_date)

)

select * from final
