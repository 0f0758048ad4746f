{#- Shares of ghosts behind scores; the formulas, and where they come from, are those of
    `ghosts/shares.py`. Scores are made weights, weights are averaged, means become a share:

        select count(ghost_score) as assessed_count, avg(weight) as mean_weight,
            avg(doubt) as mean_doubt     -- of ghost_share_weight('ghost_score'), ghost_share_doubt(…)
        select *, ghost_share()                          -- ghost_share, _low, _high, _unlike -#}

{#- What a score counts for in a share, 0 to 1. -#}
{% macro ghost_share_weight(score='ghost_score', calibration=none) -%}
    {%- set c = calibration or ghost_constants() -%}
    1 / (1 + exp(-({{ c['share_slope'] }}) * (
        ln({{ score }}) - ln(1 - {{ score }}) - ({{ c['share_middle'] }})
    )))
{%- endmacro %}

{#- How far an account may be of either kind: all that its weight leaves open, and what is open while
    nobody knows whether it posts. -#}
{% macro ghost_share_doubt(score='ghost_score', posts='posts', calibration=none) -%}
    {%- set c = calibration or ghost_constants() -%}
    {%- set weight = '(' ~ ghost_share_weight(score, c) ~ ')' -%}
    {{ weight }} * (1 - {{ weight }}) + case when {{ posts }} is null then {{ c['doubt_no_posts'] }} else 0 end
{%- endmacro %}

{#- The share among those assessed, its 95 % interval, and how many score in between more often than
    in any source known; all null where too few were assessed. -#}
{% macro ghost_share(
    assessed='assessed_count', mean='mean_weight', doubt='mean_doubt', calibration=none
) -%}
    {%- set c = calibration or ghost_constants() -%}
    {%- set enough = assessed ~ ' >= ' ~ c['min_assessed'] -%}
    {%- set share = ghost_share_point(mean, c) -%}
    {%- set unlike = ghost_share_unlike(assessed, share, doubt, c) -%}
    {%- set low = ghost_share_root(assessed, mean, '-', ghost_share_low_z(assessed, mean, c), c) -%}
    {%- set high = ghost_share_root(assessed, mean, '+', ghost_share_z(), c) -%}
    {%- set least_high -%}
        {{ 1.2 / ((c['mu1'] | float) - (c['mu0'] | float)) }} * {{ ghost_share_deviation(assessed, c) }}
    {%- endset -%}
    case when {{ enough }} then {{ share }} end as ghost_share,
    case when {{ enough }} then least({{ share }}, greatest(
        {{ low }} - {{ unlike }}, 0
    )) end as ghost_share_low,
    case when {{ enough }} then greatest({{ share }}, least(
        greatest({{ high }}, {{ least_high }}) + {{ unlike }}, 1
    )) end as ghost_share_high,
    case when {{ enough }} then {{ unlike }} end as ghost_share_unlike
{%- endmacro %}

{% macro ghost_share_point(mean, c) -%}
    least(greatest(({{ mean }} - {{ c['mu0'] }}) / ({{ c['mu1'] }} - {{ c['mu0'] }}), 0), 1)
{%- endmacro %}

{#- Deviations that 95 % of a normal distribution lie within. -#}
{% macro ghost_share_z() -%}
    1.959963984540054
{%- endmacro %}

{#- How far the mean of a crowd of people may be off: by sampling, and by what people they are. -#}
{% macro ghost_share_deviation(assessed, c) -%}
    sqrt({{ (c['s0_sd'] | float) ** 2 }} / {{ assessed }} + {{ (c['mu0_sd'] | float) ** 2 }})
{%- endmacro %}

{#- Deviations that speak against a smaller share: fewer near none, below which nothing lies. -#}
{% macro ghost_share_low_z(assessed, mean, c) -%}
    {%- set one_sided = 1.78 -%}
    ({{ one_sided }} + {{ (ghost_share_z() | float) - one_sided }} * least(greatest((
        ({{ mean }} - {{ c['mu0'] }}) / {{ ghost_share_deviation(assessed, c) }} - {{ one_sided }}
    ) / 2, 0), 1))
{%- endmacro %}

{#- A root of (mean - expected(share))^2 = z^2 variance(share), which is a quadratic in the share.
    How far off sources are is skewed, so their deviations count 2.1 where others count 1.96. -#}
{% macro ghost_share_root(assessed, mean, sign, z, c) -%}
    {%- set z2 = 'power(cast(' ~ z ~ ' as double), 2)' -%}
    {%- set distance = (c['mu1'] | float) - (c['mu0'] | float) -%}
    {%- set skew = 2.1 / (ghost_share_z() | float) -%}
    {%- set drift0 = ((c['mu0_sd'] | float) * skew) ** 2 -%}
    {%- set drift1 = ((c['mu1_sd'] | float) * skew) ** 2 -%}
    {%- set s0 = (c['s0_sd'] | float) ** 2 -%}
    {%- set mixed = (c['s1_sd'] | float) ** 2 - s0 + distance ** 2 -%}
    {%- set above = '(' ~ mean ~ ' - ' ~ c['mu0'] ~ ')' -%}
    {%- set a %}({{ distance ** 2 }} * (1 + {{ z2 }} / {{ assessed }}) - {{ z2 }} * {{ drift0 + drift1 }}){% endset -%}
    {%- set b %}({{ z2 }} * ({{ 2 * drift0 }} - {{ mixed }} / {{ assessed }}) - {{ 2 * distance }} * {{ above }}){% endset -%}
    {%- set k %}({{ above }} * {{ above }} - {{ z2 }} * ({{ drift0 }} + {{ s0 }} / {{ assessed }})){% endset -%}
    (-{{ b }} {{ sign }} sqrt(greatest({{ b }} * {{ b }} - 4 * {{ a }} * {{ k }}, 0))) / (2 * {{ a }})
{%- endmacro %}

{#- What is doubted beyond what the mixture would have. -#}
{% macro ghost_share_unlike(assessed, share, doubt, c) -%}
    {%- set rise = (c['doubt1'] | float) - (c['doubt0'] | float) -%}
    {%- set expected = '(' ~ c['doubt0'] ~ ' + ' ~ rise ~ ' * ' ~ share ~ ')' -%}
    least(greatest(4 * ({{ doubt }} - {{ expected }} - {{ ghost_share_z() }} * sqrt(
        pow({{ share }} * {{ c['doubt1_sd'] }}, 2) + pow((1 - {{ share }}) * {{ c['doubt0_sd'] }}, 2)
        + {{ expected }} / 4 / {{ assessed }}
    )), 0), 1)
{%- endmacro %}
