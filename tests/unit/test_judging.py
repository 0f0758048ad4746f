"""The verdict on batches: in parts or at once, and which columns are handed over."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from ingestion.contracts.topics import topic_of
from ingestion.erasure.aside import set_aside
from ingestion.judging import Judge, JudgedBatch, Verdicts, open_judge
from ingestion.warehouse import open_warehouse
from runtime.settings import Settings
from tests.erasure import GONE, INTERACTION, STAYS, act
from tests.fetching import taken
from tests.samples import as_written

TOPIC = topic_of(INTERACTION)


def verdicts(judge: Judge, values: list[bytes], most: int = 1_000) -> Verdicts:
    """On interactions of partition 0, from offset 0 on."""
    return judge.judge(TOPIC, *taken(INTERACTION, values), most)


def value(number: int, way: str, actor: str = STAYS, **more: Any) -> bytes:
    """An event that is plain, surely good, good by the full verdict, or wrong."""
    event = json.dumps(act(number, actor, 27, **more)).encode()
    written = as_written(event, INTERACTION)
    changed = {"sure": written.replace(b"T12:00:00+", b"T12:00:00.25+"), "full": event}
    return {"plain": written, "wrong": written[1:], **changed}[way]


def test_each_way_is_the_one_that_it_says() -> None:
    ways = ["plain", "sure", "full", "wrong"]
    with open_judge() as judge:
        found = [verdicts(judge, [value(0, way)]) for way in ways]
    types = [[table.schema.field("event_id").type for table in each.rows] for each in found]
    assert types == [[pa.string_view()], [pa.string()], [pa.string()], []]


def told(found: Verdicts) -> tuple[list[int], list[tuple[int, str]]]:
    """Offsets of the good ones; offsets and reasons of the others."""
    good = [offset for table in found.rows for offset in table["kafka_offset"].to_pylist()]
    dead = found.dead
    wrong = [] if dead is None else dead.select(["kafka_offset", "reason"]).to_pylist()
    return sorted(good), sorted((row["kafka_offset"], row["reason"]) for row in wrong)


@examples(deadline=None, max_examples=30)
@given(
    st.lists(st.sampled_from(["plain", "sure", "full", "wrong"]), min_size=1, max_size=12),
    st.integers(1, 5),
)
def test_in_parts_the_verdict_is_what_it_is_at_once(ways: list[str], most: int) -> None:
    values = [value(number, way) for number, way in enumerate(ways)]
    with open_judge() as judge:
        in_parts = told(verdicts(judge, values, most))
        assert in_parts == told(verdicts(judge, values))
    good, wrong = in_parts
    assert wrong == [(n, "not_json") for n, way in enumerate(ways) if way == "wrong"]
    assert good == [number for number, way in enumerate(ways) if way != "wrong"]


def test_a_column_that_has_said_something_once_is_handed_over_from_then_on() -> None:
    silent, spoken = value(0, "plain"), value(1, "plain", text="words")
    with open_judge() as judge:
        found = [verdicts(judge, [one]).rows for one in (silent, spoken, silent)]
    assert ["text" in table.column_names for (table,) in found] == [False, True, True]


def test_what_is_left_of_rows_is_in_one_piece_and_of_the_same_columns(settings: Settings) -> None:
    count = 5_000  # more than DuckDB hands over in a piece
    ours = [value(n, "plain", STAYS if n else GONE) for n in range(count)] + [value(0, "wrong")]
    others = [value(n, "plain") for n in range(3)]
    with open_judge() as judge:
        found = [verdicts(judge, values) for values in (ours, others)]
    batches = [JudgedBatch({TOPIC.name: each}, {}, {}, size=0) for each in found]
    with open_warehouse(settings) as warehouse:
        warehouse.execute(
            "INSERT INTO raw.erased_actors VALUES (sha256(?), 'weibo', 1)", [f"weibo:{GONE}"]
        )
        with_them, without = set_aside(warehouse, batches)
    (kept,) = with_them.verdicts[TOPIC.name].rows
    assert kept.schema == found[0].rows[0].schema
    assert [piece.num_rows for piece in kept.to_batches()] == [count - 1]
    assert told(with_them.verdicts[TOPIC.name]) == (
        [*range(1, count)],
        [(0, "erased_actor"), (count, "not_json")],
    )
    assert without.verdicts[TOPIC.name].rows[0] is found[1].rows[0]
