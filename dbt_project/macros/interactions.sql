{% macro interaction_state_columns() -%}
    {{ return([
        'interaction_hash', 'interaction_key', 'platform', 'interaction_id', 'verb', 'actor_key',
        'target_type', 'target_key', 'parent_id', 'interacted_at', 'text', 'language',
        'last_event_at', 'is_undone', 'undone_at'
    ]) }}
{%- endmacro %}

{#- Folds states of interactions, several of one perhaps, into one state of each: whatever the order,
    however often, and whether some were folded before. What it is comes from its earliest account
    of itself, whether it stands from the latest event. -#}
{% macro fold_interactions(states) -%}
    select
        {{ interaction_state_columns() | reject('in', ['last_event_at', 'is_undone', 'undone_at'])
            | join(', ') }},
        latest_event_at as last_event_at,
        is_undone_last as is_undone,
        case when is_undone_last then latest_event_at end as undone_at
    from (
        select
            *,
            max(last_event_at) over (partition by interaction_hash, interaction_key) as latest_event_at,
            first_value(is_undone) over (
                partition by interaction_hash, interaction_key
                order by last_event_at desc, is_undone desc
            ) as is_undone_last,
            row_number() over (
                partition by interaction_hash, interaction_key
                order by
                    interacted_at, target_type desc, target_key, actor_key, parent_id nulls last,
                    text nulls last, language nulls last
            ) as precedence
        from {{ states }}
    )
    where precedence = 1
{%- endmacro %}

{#- A hook: the touched interactions' hashes, to find them by in the standing ones. -#}
{% macro sift_touched_interactions() -%}
    {%- if keeps_interactions() -%}
    {{ sift('select interaction_hash from ' ~ ref('int_touched_interactions')) }}
    {%- endif -%}
{%- endmacro %}

{#- The state that a row of fct_interaction is; the other way round from placing it. -#}
{% macro standing_states() -%}
    interaction_hash,
    interaction_key,
    platform,
    interaction_id,
    verb,
    actor_key,
    case when post_key is null then 'account' else 'post' end as target_type,
    coalesce(post_key, account_key) as target_key,
    parent_id,
    interacted_at,
    text,
    language,
    last_event_at,
    is_undone,
    undone_at
{%- endmacro %}

{#- Gives folded interactions their account, their days and their post's campaign.

    The zone database answers slowly, so it is asked for each calendar and quarter of an hour in
    `instants`, and only where a quarter belongs to two days for the instant itself. -#}
{% macro place_interactions(folded, targets, instants, instant) -%}
    with quarters as (

        -- a list, of which nothing is known: of what is `distinct` DuckDB takes it that there are as many as
        -- there were, and would keep very many interactions to look for these few in them
        select {{ each_of('found.quarters') }} as quarter_at
        from (
            select {{ distinct_list(quarter_of_an_hour(instant)) }} as quarters
            from {{ instants }}
        ) as found

    ),

    quarter_dates as (

        select
            calendars.calendar,
            calendars.time_zone,
            calendars.last_date,
            quarters.quarter_at,
            {{ date_in_span('quarters.quarter_at', 'calendars') }} as begins_on_date,
            {{ date_in_span(
                "quarters.quarter_at + interval '899.999999 seconds'", 'calendars'
            ) }} as ends_on_date
        from quarters
        inner join {{ ref('int_calendars') }} as calendars
            on {{ is_in_span('quarters.quarter_at', 'calendars') }}

    ),

    zoned as (

        select
            folded.*,
            {{ key_slice('folded.actor_key') }} as actor_slice,
            {{ key_slice('folded.target_key') }} as target_slice,
            case when folded.target_type = 'post' then folded.target_key end as post_key,
            case
                when folded.target_type = 'post' then targets.account_key else folded.target_key
            end as account_key,
            targets.publication_date,
            targets.campaign,
            coalesce(targets.calendar, platforms.default_time_zone, 'UTC') as calendar
        from {{ folded }} as folded
        left join {{ targets }} as targets
            on
                folded.target_key = targets.target_key
                and folded.target_type = targets.target_type
        left join {{ ref('platforms') }} as platforms on folded.platform = platforms.platform

    )

    select
        zoned.*,
        case
            when quarter_dates.begins_on_date = quarter_dates.ends_on_date
                then quarter_dates.begins_on_date
            else {{ date_in_span('zoned.interacted_at', 'quarter_dates') }}
        end as activity_date
    from zoned
    left join quarter_dates
        on
            zoned.calendar = quarter_dates.calendar
            and {{ quarter_of_an_hour('zoned.interacted_at') }} = quarter_dates.quarter_at
{%- endmacro %}

{#- The posts that may have another place in the facts than the last build gave them: they landed, or their account has
    another calendar. -#}
{% macro posts_to_place(posts) -%}
    select post_key
    from {{ ref('stg_posts') }}
    where {{ landed_since_last_build() }}
    union all
    select post_key
    from {{ posts }}
    where account_key in (
        select accounts.account_key
        from {{ ref('int_accounts') }} as accounts
        left join {{ standing('intermediate', 'int_targets') }} as standing
            on accounts.account_key = standing.target_key and standing.target_type = 'account'
        where accounts.calendar is distinct from standing.calendar
    )
{%- endmacro %}

{#- What each target of an interaction is now: those that changed, else as they stood. -#}
{% macro targets_now() -%}
    {%- set columns = 'target_type, target_key, account_key, calendar, publication_date, campaign' -%}
    select {{ columns }} from {{ ref('int_target_changes') }}
    {%- if keeps_interactions() %}
    union all
    select {{ columns }} from {{ standing('intermediate', 'int_targets') }} as standing
    where not exists (
        select 1 from {{ ref('int_target_changes') }} as changes
        where
            changes.target_key = standing.target_key
            and changes.target_type = standing.target_type
    )
    {%- endif %}
{%- endmacro %}

{% macro interaction_columns() -%}
    {{ return([
        'interaction_key', 'platform', 'interaction_id', 'verb', 'account_key', 'post_key',
        'actor_key', 'parent_id', 'interacted_at', 'activity_date', 'publication_date', 'text',
        'language', 'is_undone', 'undone_at', 'engagement_class', 'class_reasons',
        'class_rules_version', 'last_event_at', 'interaction_hash', 'actor_slice', 'target_slice'
    ]) }}
{%- endmacro %}

{% macro interaction_columns_of(alias) -%}
    {%- for column in interaction_columns() %}
    {{ alias }}.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- What a changed interaction was counted as before. -#}
{% macro was_columns_of(standing) -%}
    {%- for column in [
        'account_key', 'post_key', 'activity_date', 'engagement_class', 'is_undone', 'interacted_at'
    ] %}
    {{ standing }}.{{ column }} as was_{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Whether two rows differ in any of some columns. -#}
{% macro differ(columns, one, other) -%}
    (
        {%- for column in columns %}
        {{ one }}.{{ column }} is distinct from {{ other }}.{{ column }}{{ ' or' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
