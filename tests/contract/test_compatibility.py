"""A released contract may only gain optional fields, and what they said before is kept."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import duckdb
import pytest
from msgspec import Meta

from ingestion.contracts import compatibility
from ingestion.contracts.compatibility import broken, freeze, incompatibilities, unreleased
from ingestion.contracts.events import KINDS
from ingestion.contracts.fields import Count, Id, Instant, Language, Text, Words
from ingestion.contracts.schemas import event_schema
from ingestion.warehouse import open_warehouse
from runtime.settings import Settings
from tests.evolution import contract, land_values
from tests.samples import JSON, contract_events

KIND = "attache.interaction.v1"
OTHER = Annotated[str, Meta(pattern="^x+$", description="Another text.")]

CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "a removed field": ({"text": None}, "data.text was removed"),
    "a new required field": ({"place": str}, "data.place is new and required"),
    "a new field that is not null where absent": (
        {"place": (str, "nowhere")},
        "data.place is new, and its absence means something else than null",
    ),
    "an optional field that became required": ({"text": str}, "data.text was optional"),
    "a required field that became optional": (
        {"object_id": (Id | None, None)},
        "data.object_id was required, is optional",
    ),
    "another type": ({"text": (int | None, None)}, r"data.text: type was \['string'\]"),
    "a narrower text": (
        {"text": (Annotated[str, Meta(max_length=280)] | None, None)},
        "data.text: maxLength narrowed from 65536 to 280",
    ),
    "a wider text": (
        {"text": (Annotated[str, Meta(max_length=10**6)] | None, None)},
        "data.text: maxLength widened from 65536 to 1000000",
    ),
    "a new bound": (
        {"text": (Annotated[Text, Meta(min_length=1)] | None, None)},
        "data.text: minLength narrowed from None to 1",
    ),
    "another pattern": ({"platform": OTHER}, "data.platform: pattern changed"),
    "a choice less": ({"object_type": Literal["post"]}, "data.object_type: enum narrowed"),
    "a choice more": (
        {"object_type": Literal["post", "account", "list"]},
        "data.object_type: enum widened",
    ),
    "null no longer allowed": (
        {"language": (Language, "en")},
        "data.language: null was allowed; its meaning changed",
    ),
    "null allowed": ({"undone": (bool | None, None)}, "data.undone: null is now allowed"),
    "another default": ({"undone": (bool, True)}, "data.undone: absent meant False, now means"),
}
ADDED: dict[str, tuple[Any, Any]] = {
    "sentiment": (Annotated[Literal["good", "bad"], Meta(description="Its mood.")] | None, None),
    "dwell": (Annotated[Count, Meta(description="Seconds that were looked.")] | None, None),
    "seen_at": (Annotated[Instant, Meta(description="When it was collected.")] | None, None),
    "labels": (Annotated[Words, Meta(description="What it was tagged with.")] | None, None),
}
SHARE = next(e for e in contract_events() if e["type"] == KIND)


def share(number: int, **data: Any) -> bytes:
    event: JSON = {**SHARE, "id": f"i{number}", "data": {**SHARE["data"], **data}}
    return json.dumps(event, separators=(",", ":")).encode()


def rows(settings: Settings, columns: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        warehouse.execute("SET TimeZone = 'UTC'")
        return warehouse.execute(
            f"SELECT {columns} FROM raw.interactions ORDER BY kafka_offset"
        ).fetchall()


def test_the_present_contract_keeps_every_promise() -> None:
    assert incompatibilities() == []
    assert unreleased() == []


@pytest.mark.parametrize("change", CHANGES)
def test_an_incompatible_change_is_named(change: str) -> None:
    fields, message = CHANGES[change]
    with contract(KIND, **fields):
        found = incompatibilities()
    assert len(found) >= 1
    assert any(re.match(f"{KIND}: {message}", text) for text in found), found


def test_a_kind_can_not_be_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(KINDS, KIND)
    assert incompatibilities() == [f"{KIND}: the kind was removed"]


def test_an_envelope_is_held_to_its_promise_too() -> None:
    released = event_schema(KIND)
    present = json.loads(json.dumps(released))
    del present["properties"]["datacontenttype"]
    present["properties"]["id"]["maxLength"] = 64
    present["properties"]["subject"] = {"type": "string"}
    present["required"].append("subject")
    assert list(broken(released, present)) == [
        "id: maxLength narrowed from 255 to 64",
        "datacontenttype was removed",
        "subject is new and required",
    ]


def test_an_added_optional_field_is_compatible_and_can_be_released(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compatibility, "RELEASED_FOLDER", tmp_path)
    assert freeze() == list(KINDS)
    with contract(KIND, **ADDED):
        assert incompatibilities() == []
        assert unreleased() == [KIND]
        assert freeze() == [KIND]
    assert f"{KIND}: data.sentiment was removed" in incompatibilities()


def test_an_added_field_lands_in_extra_before_and_in_its_column_after(settings: Settings) -> None:
    nested = {"deep": {"nothing": None}}
    said = {"sentiment": "good", "dwell": 7, "labels": ["a", "文"], "other": nested}
    said["seen_at"] = "2014-01-27T10:00:00.5+08:00"
    land_values(settings, {KIND: [share(1), share(2, **said), share(3, sentiment="mixed")]})
    assert json.loads(rows(settings, "extra")[1][0]) == said
    before = rows(settings, "* EXCLUDE (extra)")
    with contract(KIND, **ADDED):
        land_values(settings, {KIND: [share(4, **said)]})
        added = rows(settings, "sentiment, dwell, labels, seen_at::VARCHAR")
        value = ("good", 7, ["a", "文"], "2014-01-27 02:00:00.5+00")
        nothing = (None,) * 4
        assert added == [nothing, value, nothing, value]
    extras = [extra and json.loads(extra) for (extra,) in rows(settings, "extra")]
    assert extras == [None, {"other": nested}, {"sentiment": "mixed"}, {"other": nested}]
    assert rows(settings, f"* EXCLUDE (extra, {', '.join(ADDED)})")[:3] == before


def test_an_older_release_in_between_loses_nothing(settings: Settings) -> None:
    def sentiments() -> list[Any]:
        return [value for (value,) in rows(settings, "sentiment")]

    with contract(KIND, **ADDED):
        land_values(settings, {KIND: [share(1, sentiment="good")]})
    land_values(settings, {KIND: [share(2, sentiment="bad")]})
    assert sentiments() == ["good", None]
    with contract(KIND, **ADDED), open_warehouse(settings):
        pass
    assert sentiments() == ["good", "bad"]
    with contract(KIND, **ADDED), open_warehouse(settings):
        pass
    assert sentiments() == ["good", "bad"]


VERBS = Literal["comment", "follow", "like", "quote", "reply", "share", "applaud"]


def test_a_new_choice_lands_as_itself_beside_what_was_landed_before(settings: Settings) -> None:
    land_values(settings, {KIND: [share(1), share(2, verb="applaud")]})
    with contract(KIND, verb=VERBS):
        land_values(settings, {KIND: [share(3, verb="applaud"), share(4)]})
        assert rows(settings, "verb") == [("share",), ("applaud",), ("share",)]
    land_values(settings, {KIND: [share(5)]})
    verbs = [verb for (verb,) in rows(settings, "verb")]
    assert verbs == ["share", "applaud", "share", "share"]


def test_a_table_of_an_earlier_release_holds_texts_and_is_landed_into(settings: Settings) -> None:
    with open_warehouse(settings) as warehouse:
        for name in ("verb", "object_type", "kafka_topic"):
            warehouse.execute(f"ALTER TABLE raw.interactions ALTER {name} TYPE VARCHAR")
        warehouse.execute("DELETE FROM raw.contract")
    with contract(KIND, verb=VERBS):
        land_values(settings, {KIND: [share(1), share(2, verb="applaud")]})
    kinds = "verb, typeof(verb), typeof(kafka_topic)"
    assert rows(settings, kinds) == [(v, "VARCHAR", "VARCHAR") for v in ("share", "applaud")]
