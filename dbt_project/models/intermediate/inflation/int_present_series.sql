-- Grain: one row per account and counted series of it: what was never done to an account is no series of it.
{{ config(materialized='ephemeral') }}
with daily as (

    select
        account_key,
        {%- for series in watched_series() %}
        max({{ series }}_count - {{ series }}_count_incentivised) > 0 as has_{{ series }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_engagement_daily') }}
    group by account_key

),

peaks as (

    select
        account_key,
        {%- for series in peak_series() %}
        max({{ series }}) > 0 as has_{{ series }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_daily_peaks') }}
    group by account_key

)

{% for series in watched_series() + peak_series() %}
select
    account_key,
    '{{ series }}' as series
from {{ 'peaks' if series in peak_series() else 'daily' }}
where has_{{ series }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
