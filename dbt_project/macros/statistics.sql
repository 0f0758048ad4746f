{#- ln(gamma(x)) for x > 0. Where a database has none: Stirling's series after a shift by 8. -#}
{% macro ln_gamma(x) -%}
    {{ return(adapter.dispatch('ln_gamma', 'attache')(x)) }}
{%- endmacro %}

{% macro default__ln_gamma(x) -%}
    lgamma({{ x }})
{%- endmacro %}

{% macro spark__ln_gamma(x) -%}
    {%- set y = "(" ~ x ~ " + 8)" -%}
    (
        ({{ y }} - 0.5) * ln({{ y }}) - {{ y }} + 0.9189385332046727
        + 1 / (12 * {{ y }}) - 1 / (360 * power({{ y }}, 3)) + 1 / (1260 * power({{ y }}, 5))
        {%- for shift in range(8) %} - ln({{ x }} + {{ shift }}){% endfor %}
    )
{%- endmacro %}

{#- An upper bound of P(Y >= y), Y negative binomial with this mean and variance mean + spread mean^2;
    1 where y is not above the mean.

    With r = 1 / spread the terms fall by (y + r) / (y + 1) * (1 - p), and for r >= 1 ever faster: the
    tail is no more than a geometric series. For r < 1 the ratio rises, but never above 1 - p. -#}
{% macro negative_binomial_tail(y, mean, spread) -%}
    {%- set r = "(1.0 / (" ~ spread ~ "))" -%}
    {%- set q = "((" ~ mean ~ ") / ((" ~ mean ~ ") + " ~ r ~ "))" -%}
    case
        when {{ y }} <= {{ mean }} then 1.0
        else least(
            1.0,
            exp(
                {{ ln_gamma("(" ~ y ~ ") + " ~ r) }} - {{ ln_gamma(r) }} - {{ ln_gamma("(" ~ y ~ ") + 1") }}
                + {{ r }} * ln(1 - {{ q }}) + ({{ y }}) * ln({{ q }})
            )
            / (1 - {{ q }} * greatest(1.0, (({{ y }}) + {{ r }}) / (({{ y }}) + 1)))
        )
    end
{%- endmacro %}

{#- An upper bound of P(Y >= y) for a count of this mean and variance: negative binomial, or where it varies
    less than a Poisson's, as the greatest of many counts does, a Poisson's on a scale that fits. -#}
{% macro count_tail(y, mean, variance) -%}
    {%- set scale = "least(1.0, " ~ variance ~ " / " ~ mean ~ ")" -%}
    {{ negative_binomial_tail(
        "((" ~ y ~ " - (1 - " ~ scale ~ ") / 2) / " ~ scale ~ ")",
        "(" ~ mean ~ " / " ~ scale ~ ")",
        "greatest((" ~ variance ~ " - " ~ mean ~ ") / (" ~ mean ~ " * " ~ mean ~ "), 0.001)"
    ) }}
{%- endmacro %}

{#- The value below which a share of the values is, between two of them by interpolation. -#}
{% macro quantile(value, share) -%}
    {{ return(adapter.dispatch('quantile', 'attache')(value, share)) }}
{%- endmacro %}

{% macro default__quantile(value, share) -%}
    quantile_cont({{ value }}, {{ share }})
{%- endmacro %}

{% macro spark__quantile(value, share) -%}
    percentile({{ value }}, {{ share }})
{%- endmacro %}

{#- Several of them, as a list: what is sorted for one is sorted for all. -#}
{% macro quantiles(value, shares) -%}
    {{ return(adapter.dispatch('quantiles', 'attache')(value, shares)) }}
{%- endmacro %}

{% macro default__quantiles(value, shares) -%}
    quantile_cont({{ value }}, {{ shares }})
{%- endmacro %}

{% macro spark__quantiles(value, shares) -%}
    percentile({{ value }}, array({{ shares | join(', ') }}))
{%- endmacro %}
