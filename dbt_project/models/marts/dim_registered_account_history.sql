-- Grain: one row per account of the register and span of days in which it says the same.
select
    account_key,
    platform,
    account_id,
    valid_from_date,
    valid_to_date,
    is_current,
    {%- for attribute in registered_attributes() %}
    {{ attribute }},
    {%- endfor %}
    changed_attributes
from {{ ref('int_register_spans') }}
