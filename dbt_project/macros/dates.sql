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

{#- The hour of an instant, 0 to 23, on the clocks of a zone. -#}
{% macro local_hour(instant, zone) -%}
    {{ return(adapter.dispatch('local_hour', 'attache')(instant, zone)) }}
{%- endmacro %}

{% macro default__local_hour(instant, zone) -%}
    hour(timezone({{ zone }}, {{ instant }}))
{%- endmacro %}

{% macro spark__local_hour(instant, zone) -%}
    hour(from_utc_timestamp({{ instant }}, {{ zone }}))
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

{#- The instant at which a day begins in a zone. -#}
{% macro start_of_day(day, zone) -%}
    {{ return(adapter.dispatch('start_of_day', 'attache')(day, zone)) }}
{%- endmacro %}

{% macro default__start_of_day(day, zone) -%}
    timezone({{ zone }}, cast({{ day }} as timestamp))
{%- endmacro %}

{% macro spark__start_of_day(day, zone) -%}
    to_utc_timestamp(cast({{ day }} as timestamp), {{ zone }})
{%- endmacro %}

{#- The day from which something holds of which nobody says since when. -#}
{% macro always() -%}
    cast('1900-01-01' as date)
{%- endmacro %}

{#- Whether a row of int_calendars is the span of a calendar that an instant is in. -#}
{% macro is_in_span(instant, calendars) -%}
    ({{ calendars }}.starts_at is null or {{ instant }} >= {{ calendars }}.starts_at)
    and ({{ calendars }}.ends_at is null or {{ instant }} < {{ calendars }}.ends_at)
{%- endmacro %}

{#- The day of an instant, by the span of int_calendars that it is in:
    docs/decisions/a-day-belongs-to-the-zone-of-its-time.md. -#}
{% macro date_in_span(instant, calendars) -%}
    least({{ local_date(instant, calendars ~ '.time_zone') }}, {{ calendars }}.last_date)
{%- endmacro %}

{#- The month of a day, as text: 2014-01. -#}
{% macro month_of(day) -%}
    {{ return(adapter.dispatch('month_of', 'attache')(day)) }}
{%- endmacro %}

{% macro default__month_of(day) -%}
    strftime({{ day }}, '%Y-%m')
{%- endmacro %}

{% macro spark__month_of(day) -%}
    date_format({{ day }}, 'yyyy-MM')
{%- endmacro %}

{#- The weekday of a day, 1 for Monday to 7. -#}
{% macro iso_weekday(day) -%}
    {{ return(adapter.dispatch('iso_weekday', 'attache')(day)) }}
{%- endmacro %}

{% macro default__iso_weekday(day) -%}
    isodow({{ day }})
{%- endmacro %}

{% macro spark__iso_weekday(day) -%}
    (weekday({{ day }}) + 1)
{%- endmacro %}

{#- Seconds since the start of 1970, with their fraction. -#}
{% macro epoch_seconds(instant) -%}
    {{ return(adapter.dispatch('epoch_seconds', 'attache')(instant)) }}
{%- endmacro %}

{% macro default__epoch_seconds(instant) -%}
    epoch({{ instant }})
{%- endmacro %}

{% macro spark__epoch_seconds(instant) -%}
    (unix_micros({{ instant }}) / 1e6)
{%- endmacro %}

{#- A row for each day, or first of a month, from one date to another, both included. -#}
{% macro each_date(first, last, step='day') -%}
    {{ return(adapter.dispatch('each_date', 'attache')(first, last, step)) }}
{%- endmacro %}

{% macro default__each_date(first, last, step) -%}
    cast(unnest(range({{ first }}, {{ last }} + interval 1 day, interval 1 {{ step }})) as date)
{%- endmacro %}

{% macro spark__each_date(first, last, step) -%}
    explode(sequence(cast({{ first }} as date), {{ last }}, interval 1 {{ step }}))
{%- endmacro %}

{#- Whole seconds of the clock from one instant to another. -#}
{% macro seconds_between(first, last) -%}
    {{ return(adapter.dispatch('seconds_between', 'attache')(first, last)) }}
{%- endmacro %}

{% macro default__seconds_between(first, last) -%}
    date_diff('second', {{ first }}, {{ last }})
{%- endmacro %}

{% macro spark__seconds_between(first, last) -%}
    (unix_seconds({{ last }}) - unix_seconds({{ first }}))
{%- endmacro %}
