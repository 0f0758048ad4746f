"""The cheap test never takes what the full verdict refuses, and gives the same values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.contracts.events import KINDS
from ingestion.contracts.sure import sure_sql
from ingestion.contracts.validation import column_sources, judged_sql

EXAMPLES = Path(__file__).parents[2] / "ingestion" / "contracts" / "examples"
INTERACTION = "attache.interaction.v1"
GOOD = json.loads((EXAMPLES / "good" / "interaction" / "full.json").read_bytes())


def verdicts(values: list[bytes], kind: str) -> list[tuple[bool, str | None, Any, Any]]:
    """For each record: is it sure, its fault, and its values by either way."""
    columns = ", ".join(alias for _, _, alias in column_sources(kind))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        table = {
            "n": list(range(len(values))),
            "key": pa.array([b"k"] * len(values), pa.binary()),
            "value": pa.array(values, pa.binary()),
        }
        connection.register("records", pa.table(table))
        return connection.execute(
            f"""SELECT s.is_sure, j.fault, s.fields, j.fields
            FROM (SELECT n, is_sure, ({columns}, extra, extensions) AS fields
                  FROM ({sure_sql(kind, "records")})) AS s
            JOIN (SELECT n, fault, ({columns}, extra, extensions) AS fields
                  FROM ({judged_sql(kind, "records")})) AS j USING (n) ORDER BY n"""
        ).fetchall()


def assert_sure_is_good(values: list[bytes], kind: str) -> int:
    """How many were sure; each of them good, with the same values."""
    found = [row for row in verdicts(values, kind) if row[0]]
    for _, fault, by_sure, by_judged in found:
        assert fault is None
        assert by_sure == by_judged
    return len(found)


@pytest.mark.parametrize("kind", KINDS)
def test_examples(kind: str) -> None:
    name = kind.split(".")[1]
    good = [json.loads(path.read_bytes()) for path in EXAMPLES.glob(f"good/{name}/*.json")]
    bad = [path.read_bytes() for path in EXAMPLES.glob(f"bad/{name}/*.json")]
    minified = [json.dumps(e, ensure_ascii=False, separators=(",", ":")).encode() for e in good]
    assert assert_sure_is_good(minified, kind) > 0
    assert assert_sure_is_good(bad, kind) == 0


def test_the_usual_event_of_a_producer_is_sure() -> None:
    minified = json.dumps(GOOD, ensure_ascii=False, separators=(",", ":")).encode()
    assert assert_sure_is_good([minified], INTERACTION) == 1


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=3))
@settings(max_examples=50, deadline=None)
def test_flipped_bytes(flips: list[tuple[int, int]]) -> None:
    minified = json.dumps(GOOD, ensure_ascii=False, separators=(",", ":")).encode()
    broken = []
    for place, byte in flips:
        record = bytearray(minified)
        record[place % len(record)] = byte
        broken.append(bytes(record))
    assert assert_sure_is_good(broken, INTERACTION) <= len(broken)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"undone":false', '"undone":false,'),
        ('"undone":false', '"undone":null'),
        ('"undone":false', '"undone":false,"undone":false'),
        ('"undone":false', '"undone":false,"x":NaN'),
        ('"verb":"reply"', '"verb":"reply" '),
        ('"text":"👍 好"', '"text":"\\u597d"'),
        ('"text":"👍 好"', '"text":7'),
        ('"actor_id":"', '"actor_id":" '),
        ('"actor_id":"', '"actor_id":"\\u00e9'),
    ],
)
def test_near_misses_go_the_long_way(old: str, new: str) -> None:
    event = {**GOOD, "data": {**GOOD["data"], "undone": False}}
    minified = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    assert old in minified
    assert assert_sure_is_good([minified.replace(old, new).encode()], INTERACTION) == 0
