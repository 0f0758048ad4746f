{#- Scores accounts with the scorecard that `ghosts/` trained: a seed goes in, SQL comes out. The
    macros read contract account columns by name, and any of those may be null. In this order:

        with inputs as (select *, ghost_inputs() from accounts),        -- age_days, handle_digits
        features as (select *, ghost_features() from inputs),           -- ratios
        scored as (select *, ghost_score() as ghost_score, ghost_reasons() as ghost_reasons ...)
        select *, ghost_band('ghost_score') as ghost_band from scored    -- beside the counts

    `bins` and `calibration` are the rows of the two seeds, for a caller that isn't dbt. -#}

{#- What comes of instants and names. Seconds since the epoch know no session's time zone. -#}
{% macro ghost_inputs(created_at='created_at', observed_at='observed_at', handle='handle') -%}
    case
        when {{ epoch_seconds(observed_at) }} >= {{ epoch_seconds(created_at) }}
            then floor(({{ epoch_seconds(observed_at) }} - {{ epoch_seconds(created_at) }}) / 86400)
    end as age_days,
    length({{ without(handle, "'[^0-9]'") }}) as handle_digits
{%- endmacro %}

{#- Ratios of the counts. Ten are added to the followers, so that a newcomer who follows thirty and
    whom nobody follows yet isn't taken for an account that was made to follow. -#}
{% macro ghost_features() -%}
    cast(following as double) / (followers + 10) as follow_ratio,
    cast(following as double) / (followers + posts + 10) as follow_pressure,
    case when age_days >= 1 then posts / age_days end as posts_per_day
{%- endmacro %}

{#- Who follows whom, or there is not enough to tell: docs/explanation/ghost-model-card.md. -#}
{% macro ghost_is_assessed() -%}
    followers is not null and following is not null
{%- endmacro %}

{#- How sure it is that nobody is behind an account, 0 to 1; null where there isn't enough to tell. -#}
{% macro ghost_score(bins=none) -%}
    {%- set card = bins or ghost_bins() -%}
    case
        when {{ ghost_is_assessed() }}
            then 1 / (1 + exp(-(
                cast(0 as double)
                {%- for feature, rows in card | groupby('feature') %}
                + {{ ghost_case(feature, rows, 'points', 'cast(0 as double)') }}
                {%- endfor %}
            )))
    end
{%- endmacro %}

{#- Why: what speaks for a ghost, as a list; empty where nothing does. -#}
{% macro ghost_reasons(bins=none) -%}
    {%- set card = bins or ghost_bins() -%}
    {%- set said -%}
        nullif(concat_ws(
            ','
            {%- for feature, rows in card | groupby('feature') if rows | selectattr('reason') | list %},
            {{ ghost_case(feature, rows, 'reason', 'null') }}
            {%- endfor %}
        ), '')
    {%- endset -%}
    coalesce({{ parts_of(said, "','") }}, {{ no_attributes() }})
{%- endmacro %}

{#- A high score makes a suspect. A ghost was also made to follow: it follows many times as many as
    follow it, and hardly ever posts or likes. Without its posts it stays a suspect. -#}
{% macro ghost_band(score='ghost_score', calibration=none) -%}
    {%- set c = calibration or ghost_constants() -%}
    case
        when
            {{ score }} >= {{ c['band_ghost'] }}
            and following >= {{ c['ghost_following'] }}
            and following >= {{ c['ghost_follow_ratio'] }} * (followers + {{ c['ghost_follow_floor'] }})
            and posts < {{ c['ghost_posts'] }}
            and coalesce(likes_given, 0) < {{ c['ghost_likes'] }}
            then 'ghost'
        when {{ score }} >= {{ c['band_suspect'] }} then 'suspect'
        when {{ score }} is not null then 'real'
        else 'unassessed'
    end
{%- endmacro %}

{#- One feature's bins, in order, as a case expression over its column. -#}
{% macro ghost_case(feature, rows, what, missing) -%}
    {%- if feature == 'intercept' -%}
        ({{ rows[0]['points'] }})
    {%- else -%}
        case
            when {{ feature }} is null then {{ missing }}
            {%- for row in rows %}
            {% if loop.last %}else{% else -%}
            when cast({{ feature }} as double) < {{ row['upper_bound'] }} then
            {%- endif %} {{ ghost_value(row[what], what) }}
            {%- endfor %}
        end
    {%- endif -%}
{%- endmacro %}

{% macro ghost_value(value, what) -%}
    {%- if what == 'points' -%} ({{ value }})
    {%- elif value -%} '{{ value }}'
    {%- else -%} null
    {%- endif -%}
{%- endmacro %}

{#- The seeds as Jinja reads them. They are text all the way, so that no digit of a weight is lost;
    while dbt parses, there are none yet. -#}
{% macro ghost_bins() -%}
    {%- set relation = ref('ghost_scorecard') -%}
    {%- set bins = [] -%}
    {%- if execute -%}
        {%- set rows = run_query(
            'select feature, upper_bound::varchar, points::varchar, reason from ' ~ relation
            ~ ' order by feature, bin'
        ) -%}
        {%- for row in rows -%}
            {%- do bins.append(
                {'feature': row[0], 'upper_bound': row[1], 'points': row[2], 'reason': row[3]}
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(bins) }}
{%- endmacro %}

{% macro ghost_constants() -%}
    {%- set relation = ref('ghost_calibration') -%}
    {%- set constants = {} -%}
    {%- if execute -%}
        {%- for row in run_query('select name, value::varchar from ' ~ relation) -%}
            {%- do constants.update({row[0]: row[1]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(constants) }}
{%- endmacro %}
