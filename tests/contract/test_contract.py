"""The contract is written once: schemas, SQL types and verdicts all follow from the structs."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa
import pytest

from ingestion.contracts.events import KINDS, event_class
from ingestion.contracts.layout import data_fields
from ingestion.contracts.schemas import render_schema, schema_file
from ingestion.contracts.topics import load_topics, topic_of
from ingestion.contracts.validation import REASONS, judged_sql, table_columns
from tests.strict import schema_accepts

EXAMPLES = Path(__file__).parents[2] / "ingestion" / "contracts" / "examples"
GOOD = sorted(EXAMPLES.glob("good/*/*.json"))
BAD = sorted(EXAMPLES.glob("bad/*/*.json"))


def event_type(path: Path) -> str:
    return f"attache.{path.parent.name}.v1"


def fault(value: bytes | None, kind: str, key: bytes | None = b"k") -> str | None:
    """The reason that the landing's SQL gives; None where it takes the record."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        table = {"key": pa.array([key], pa.binary()), "value": pa.array([value], pa.binary())}
        connection.register("records", pa.table(table))
        row = connection.execute(f"SELECT fault FROM ({judged_sql(kind, 'records')})").fetchone()
    assert row is not None
    return None if row[0] is None else str(row[0]).split(":")[0]


@pytest.mark.parametrize("kind", KINDS)
def test_an_exported_schema_is_that_of_its_struct(kind: str) -> None:
    assert schema_file(kind).read_bytes() == render_schema(kind)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_good_example_passes_sql_schema_and_struct(path: Path) -> None:
    value, kind = path.read_bytes(), event_type(path)
    assert fault(value, kind) is None
    assert schema_accepts(value, kind)
    assert msgspec.json.decode(value, type=event_class(kind)).type == kind


@pytest.mark.parametrize("path", BAD, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_bad_example_is_refused_by_sql_with_its_reason_and_by_the_schema(path: Path) -> None:
    value, kind = path.read_bytes(), event_type(path)
    assert fault(value, kind) == path.name.split(".")[0]
    assert not schema_accepts(value, kind)


def test_what_a_schema_cannot_say_of_a_record_has_a_reason_too() -> None:
    kind = "attache.interaction.v1"
    good = (EXAMPLES / "good" / "interaction" / "minimal.json").read_bytes()
    assert fault(None, kind) == "tombstone"
    assert fault(good, kind, key=None) == "null_key"
    assert fault(good + b" " * 256 * 1024, kind) == "oversized"


def test_every_reason_has_an_example() -> None:
    shown = {path.name.split(".")[0] for path in BAD} | {"tombstone", "null_key", "oversized"}
    assert shown == set(REASONS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_a_column_and_a_description(kind: str) -> None:
    names = {field.name for field in data_fields(kind)}
    assert names == set(KINDS[kind].__struct_fields__)
    assert names <= set(table_columns(kind))
    assert [field.name for field in data_fields(kind) if not field.description] == []


def test_every_kind_has_a_topic_whose_key_is_made_of_its_fields() -> None:
    assert {topic.event_type for topic in load_topics()} == set(KINDS)
    for kind in KINDS:
        assert set(topic_of(kind).key) <= set(KINDS[kind].__struct_fields__)


def test_unknown_fields_are_kept_in_extra_and_extensions() -> None:
    kind = "attache.interaction.v1"
    value = (EXAMPLES / "good" / "interaction" / "unknown_field.json").read_bytes()
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        table = {"key": pa.array([b"k"]), "value": pa.array([value], pa.binary())}
        connection.register("records", pa.table(table))
        row = connection.execute(
            f"SELECT extra, extensions, undone, text FROM ({judged_sql(kind, 'records')})"
        ).fetchone()
    assert row is not None
    assert json.loads(row[0]) == {"sentiment": 0.5, "a/b~c": {"d": [1, None]}}
    assert json.loads(row[1]) == {"traceparent": "00-4bf9"}
    assert row[2:] == (False, None)
