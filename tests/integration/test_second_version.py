"""`v2` of a kind beside its `v1`: in one drain, each by its own contract, both accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import duckdb
import msgspec
import pytest

from ingestion.contracts.events import KINDS
from ingestion.contracts.layout import data_fields
from ingestion.contracts.topics import topic_of
from runtime.settings import Settings
from tests.evolution import land_values, second_version
from tests.recovery.state import broken_laws
from tests.samples import contract_events

FIRST = "attache.post.v1"
CHANGES: dict[str, Any] = {"state": None, "visibility": Literal["public", "followers"]}


def post(kind: str, post_id: str, **data: str) -> bytes:
    sample = next(e for e in contract_events() if e["type"] == FIRST)
    body = {k: v for k, v in sample["data"].items() if k != "state"}
    changed = {**sample, "id": post_id, "type": kind, "data": {**body, "post_id": post_id, **data}}
    return msgspec.json.encode(changed)


@pytest.mark.parametrize("batches", [1, 3])
def test_both_versions_land_in_one_drain(settings: Settings, tmp_path: Path, batches: int) -> None:
    earlier: list[bytes | None] = [post(FIRST, f"early{n}") for n in range(3)]
    land_values(settings, {FIRST: earlier})
    with second_version(FIRST, tmp_path / "topics", **CHANGES) as second:
        firsts: list[bytes | None] = [post(FIRST, f"old{n}") for n in range(5)]
        seconds: list[bytes | None] = [
            *(post(second, f"new{n}", visibility="public") for n in range(4)),
            post(second, "nobody", visibility="nobody"),
            post(second, "unsaid"),
            post(FIRST, "stray"),
        ]
        report = land_values(settings, {FIRST: firsts, second: seconds}, batches)
        table = topic_of(second).table
        assert "visibility" in {field.name for field in data_fields(second)}
    assert (report.records, report.rows) == (12, 9)
    assert report.dead_letters == {"missing_field": 1, "unknown_type": 1, "unknown_value": 1}
    assert second not in KINDS
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        old = warehouse.execute("SELECT post_id FROM raw.posts ORDER BY ALL").fetchall()
        new = warehouse.execute(f"SELECT post_id, visibility FROM raw.{table} ORDER BY ALL")
        assert new.fetchall() == [(f"new{n}", "public") for n in range(4)]
        offsets = "SELECT topic, next_offset FROM raw.offsets ORDER BY topic"
        assert warehouse.execute(offsets).fetchall() == [
            ("attache.posts.v1", 8),
            ("attache.posts.v2", 7),
        ]
    assert old == [(f"early{n}",) for n in range(3)] + [(f"old{n}",) for n in range(5)]
    assert broken_laws(settings.warehouse) == []


def test_a_release_without_the_second_version_goes_on_beside_its_table(
    settings: Settings, tmp_path: Path
) -> None:
    with second_version(FIRST, tmp_path / "topics", **CHANGES) as second:
        land_values(settings, {second: [post(second, "new", visibility="public")]})
    report = land_values(settings, {FIRST: [post(FIRST, "old")]})
    assert (report.rows, report.dead_letters) == (1, {})
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        assert warehouse.execute("SELECT post_id FROM raw.posts_v2").fetchall() == [("new",)]
