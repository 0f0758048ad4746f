{#- The rules of lockstep, in one place: docs/decisions/lockstep.md says why each is as it is.

    A window's `prior_share` is how many of a target's actors act within it of each other where
    nobody is coordinated, and `prior_weight` how many actors' worth of evidence that is. -#}
{% macro lockstep() -%}
    {{ return({
        'least_actors': 5,
        'most_actors': 2000,
        'largest_crowd': 200,
        'least_meetings': 3,
        'sure_meetings': 5,
        'least_jaccard': 0.05,
        'most_chance': 0.000001,
        'most_chance_of_few': 0.00000005,
        'least_overlap': 0.05,
        'spread': 0.2,
        'least_group': 5,
        'least_small_group': 3,
        'most_chance_in_small_group': 0.00000001,
        'windows': [
            {'seconds': 60, 'prior_share': 0.03, 'prior_weight': 300},
            {'seconds': 600, 'prior_share': 0.15, 'prior_weight': 100},
            {'seconds': 3600, 'prior_share': 0.4, 'prior_weight': 50},
        ],
    }) }}
{%- endmacro %}

{#- The chance that two actors of one target acted within a window of each other, each having come at
    a time of its own: the share of the target's actors that the one with more company had near it,
    drawn towards the prior where there are few. -#}
{% macro chance_of_meeting(a, b, target, window) -%}
    {%- set near = 'near_' ~ window.seconds -%}
    {{ exact(
        '(greatest(' ~ a ~ '.' ~ near ~ ', ' ~ b ~ '.' ~ near ~ ') + '
        ~ window.prior_share * window.prior_weight ~ ') / ('
        ~ target ~ '.actor_count - 1 + ' ~ window.prior_weight ~ ')'
    ) }}
{%- endmacro %}

{#- A number whose sums are the same in whatever order they are taken; those of floating point aren't. -#}
{% macro exact(number) -%}
    cast({{ number }} as decimal(18, 9))
{%- endmacro %}

{#- The span of a window's length that a second is in: who meets is in the same one, or in the next. -#}
{% macro bucket(second, window) -%}
    cast(floor({{ second }} / {{ window.seconds }}) as bigint)
{%- endmacro %}

{#- Where and when an action was, as one number: its target and its span of a window's length. -#}
{% macro spot(window) -%}
    cast(target_number as bigint) * {{ 2 ** 32 }} + {{ bucket('first_second', window) }}
{%- endmacro %}

{#- Each time that two actors were within a window of each other, at whatever target of some of
    int_lockstep_actions: the two, and further columns, where a condition of `here` and `there` holds. -#}
{% macro near_each_other(actions, window, columns, condition) -%}
    select
        least(here.actor_number, there.actor_number) as actor_number_a,
        greatest(here.actor_number, there.actor_number) as actor_number_b
        {%- for column in columns %},
        {{ column }}
        {%- endfor %}
    from (
        select
            *,
            {{ spot(window) }} as spot,
            false as is_one_later
        from {{ actions }}
        union all
        select
            *,
            {{ spot(window) }} - 1 as spot,
            true as is_one_later
        from {{ actions }}
    ) as here
    inner join (
        select
            *,
            {{ spot(window) }} as spot
        from {{ actions }}
    ) as there on here.spot = there.spot
    where
        -- of two in one span each is both here and there
        case
            when here.is_one_later then here.actor_number <> there.actor_number
            else here.actor_number < there.actor_number
        end
        and abs(here.first_second - there.first_second) <= {{ window.seconds }}
        and {{ condition }}
{%- endmacro %}

{#- Whether two who were near each other met: only who is looked at in a crowd can. -#}
{% macro both_looked_at(window) -%}
    here.is_looked_at_{{ window.seconds }} and there.is_looked_at_{{ window.seconds }}
{%- endmacro %}

{#- The components of a graph, as a relation: `member` and the smallest `member` it is connected to, `root`.
    `edges` has each edge in both directions, as `from_key` and `to_key`. -#}
{% macro connected_components(edges) -%}
    {{ return(adapter.dispatch('connected_components', 'attache')(edges)) }}
{%- endmacro %}

{% macro default__connected_components(edges) -%}
    (
        with recursive components(member, root) using key (member) as (
            select
                from_key,
                least(from_key, min(to_key))
            from {{ edges }}
            group by from_key
            union
            select
                edges.to_key,
                min(components.root)
            from components
            inner join {{ edges }} as edges on components.member = edges.from_key
            inner join recurring.components as known on edges.to_key = known.member
            where components.root < known.root
            group by edges.to_key
        )

        select
            member,
            root
        from components
    )
{%- endmacro %}

{#- Goes up when a rule changes what is found in the same data: classes carry it. -#}
{% macro guard_rules_version() -%}
    {{ return('2026-11.4') }}
{%- endmacro %}

{#- Rows of int_key_numbers whose key may have landed, found by a column of numbers. Others share a hash with these, or
    pass for another's sake: whoever joins compares keys. -#}
{% macro landed_numbers(numbers) -%}
    {%- set landed = landed_since_last_build() -%}
    {%- set hashes = [] -%}
    {%- for relation, key in [
        (ref('stg_actions'), 'actor_key'), (ref('stg_actions'), 'target_key'), (ref('stg_posts'), 'account_key')
    ] -%}
        {%- do hashes.append('select ' ~ hash64([key]) ~ ' as key_hash from ' ~ relation ~ ' where ' ~ landed) -%}
    {%- endfor -%}
    select numbers.*
    from {{ numbers }} as numbers
    where numbers.key_hash in {{ sought_values('(' ~ hashes | join(' union all ') ~ ')', 'key_hash') }}
{%- endmacro %}

{#- The numbers of the actors that a relation names, of those that have one: they did something. First by a column of
    numbers alone: joined at once, the keys of all would be read. -#}
{% macro numbers_of_actors(actors) -%}
    {%- set hashes = '(select ' ~ hash64(['actor_key']) ~ ' as key_hash from ' ~ actors ~ ')' -%}
    with found as materialized (

        select
            key as actor_key,
            number as actor_number
        from {{ ref('int_key_numbers') }}
        where kind = 'actor' and key_hash in {{ sought_values(hashes, 'key_hash') }}

    )

    select found.*
    from found
    inner join {{ actors }} as named on found.actor_key = named.actor_key
{%- endmacro %}

{#- The first thing that each actor did to each target, of the landed actions that meet a condition, by the numbers
    of a relation that has those of their keys. -#}
{% macro first_actions(numbers, condition) -%}
    select
        actors.number as actor_number,
        targets.number as target_number,
        min(actions.acted_second) as first_second
    from {{ ref('stg_actions') }} as actions
    inner join {{ numbers }} as actors
        on
            actions.actor_key = actors.key
            and actors.kind = 'actor'
    inner join {{ numbers }} as targets
        on
            actions.target_key = targets.key
            and targets.kind = 'target'
    where {{ condition }}
    group by actors.number, targets.number
{%- endmacro %}

{#- The rows of touched targets. What is numbered late lies together in what a full build has put in order,
    and is found there without a look at the rest; the numbers of accounts, which people always act on,
    are below 0, and looked for apart. -#}
{% macro of_touched_targets(rows, touched) -%}
    {%- for sign in ['<', '>'] %}
    select standing.*
    from {{ rows }} as standing
    inner join (
        select distinct touched.target_number
        from {{ touched }} as touched
        where touched.target_number {{ sign }} 0
    ) as touched_{{ loop.index }}
        on standing.target_number = touched_{{ loop.index }}.target_number
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
{%- endmacro %}

{#- Of int_first_actions what a model of lockstep is made from, or made anew. -#}
{% macro first_actions_to_look_at() -%}
    {%- if is_incremental() -%}
    {{ of_touched_targets(ref('int_first_actions'), ref('int_touched_lockstep_targets')) }}
    {%- else -%}
    select * from {{ ref('int_first_actions') }}
    {%- endif -%}
{%- endmacro %}
