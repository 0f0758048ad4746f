{#- The 97.5 % quantile of Student's t for `df` degrees of freedom, by the Cornish-Fisher expansion of
    Abramowitz and Stegun 26.7.5 around z = 1.959964; within 1 % from 2 degrees on. -#}
{% macro t_quantile_975(df) -%}
    (1.959964 + 2.372271 / {{ df }} + 2.822504 / power({{ df }}, 2) + 2.555817 / power({{ df }}, 3)
    + 1.589537 / power({{ df }}, 4))
{%- endmacro %}

{#- How many independent days n days in a row are worth, whose neighbours correlate with rho
    (Zwiers and von Storch 1995); at least 2. -#}
{% macro effective_days(days, rho) -%}
    greatest(2.0, {{ days }} * (1 - {{ rho }}) / (1 + {{ rho }}))
{%- endmacro %}
