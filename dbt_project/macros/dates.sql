{#- The day an instant fell on where the account lives; the zone's history is the database's. -#}
{% macro local_date(instant, zone) -%}
    {{ return(adapter.dispatch('local_date', 'attache')(instant, zone)) }}
{%- endmacro %}

{% macro default__local_date(instant, zone) -%}
    cast(timezone({{ zone }}, {{ instant }}) as date)
{%- endmacro %}

{% macro spark__local_date(instant, zone) -%}
    cast(from_utc_timestamp({{ instant }}, {{ zone }}) as date)
{%- endmacro %}

{#- The instant that many seconds after the start of 1970. -#}
{% macro instant_of(seconds) -%}
    {{ return(adapter.dispatch('instant_of', 'attache')(seconds)) }}
{%- endmacro %}

{% macro default__instant_of(seconds) -%}
    to_timestamp({{ seconds }})
{%- endmacro %}

{% macro spark__instant_of(seconds) -%}
    timestamp_seconds({{ seconds }})
{%- endmacro %}

{#- The quarter of an hour that an instant is in. Zones change, and days begin, between quarters. -#}
{% macro quarter_of_an_hour(instant) -%}
    {{ return(adapter.dispatch('quarter_of_an_hour', 'attache')(instant)) }}
{%- endmacro %}

{% macro default__quarter_of_an_hour(instant) -%}
    make_timestamptz((epoch_us({{ instant }}) // 900000000) * 900000000)
{%- endmacro %}

{% macro spark__quarter_of_an_hour(instant) -%}
    timestamp_seconds(floor(unix_timestamp({{ instant }}) / 900) * 900)
{%- endmacro %}
