-- Grain: one row per touched comment, and per whatever hangs below one in a thread, by its hash. None in a full
-- build.
-- depends_on: {{ ref('int_sayings') }}
-- depends_on: {{ ref('int_touched_comments') }}
{% if not is_delta() %}
select {{ hash64(["''"]) }} as node_hash
where false
{% else %}
with recursive nodes as (

    select interaction_hash as node_hash
    from {{ ref('int_touched_comments') }}
    union
    select sayings.answer_hash as node_hash
    from nodes
    inner join {{ ref('int_sayings') }} as sayings on nodes.node_hash = sayings.answered_hash
    where sayings.is_in_thread

)

select node_hash from nodes
{% endif %}
