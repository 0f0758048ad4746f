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
        'least_overlap': 0.1,
        'spread': 0.2,
        'least_group': 5,
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
{% macro chance_of_meeting(a, b, window) -%}
    {%- set near = 'near_' ~ window.seconds -%}
    (greatest({{ a }}.{{ near }}, {{ b }}.{{ near }}) + {{ window.prior_share * window.prior_weight }})
    / ({{ a }}.actor_count - 1 + {{ window.prior_weight }})
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
    {{ return('2026-11.2') }}
{%- endmacro %}

{#- The first thing that each actor did to each target, of the actions that meet a condition. -#}
{% macro first_actions(actions, condition) -%}
    select
        pair_hash,
        actor_key,
        target_key,
        any_value(post_key) as post_key,
        min(acted_second) as first_second
    from {{ actions }}
    where {{ condition }}
    group by pair_hash, actor_key, target_key
{%- endmacro %}
