"""The contract's page says everything that a collector's author must know, and nothing else."""

from __future__ import annotations

import re

import pytest

from ingestion.contracts.document import contract_page, table
from ingestion.contracts.layout import data_fields, envelope_fields
from ingestion.contracts.topics import Topic, load_topics
from ingestion.contracts.validation import REASONS


def section(title: str) -> str:
    """The text under a heading, up to the next one."""
    match = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", contract_page(), re.M | re.S)
    assert match is not None, f"no section {title}"
    return match[1]


def rows(text: str) -> dict[str, list[str]]:
    """The rows of the tables in a text, by their first cell."""
    found = [re.split(r" (?<!\\)\| ", line.strip("| ")) for line in text.splitlines()]
    return {cells[0].strip("`"): cells for cells in found if len(cells) > 1 and "`" in cells[0]}


@pytest.mark.parametrize("topic", load_topics(), ids=lambda topic: topic.event_type)
def test_each_kind_lists_its_fields_as_the_struct_has_them(topic: Topic) -> None:
    kind = topic.event_type
    listed = rows(section(f"`{kind}`"))
    assert list(listed) == [field.name for field in data_fields(kind)]
    for field in data_fields(kind):
        _, _, required, bounds, description = listed[field.name]
        assert required == ("yes" if field.required else "no")
        assert description == field.description
        assert all(f"`{choice}`" in bounds for choice in field.choices)
        assert field.max_length is None or f"{field.max_length:,}" in bounds


@pytest.mark.parametrize("topic", load_topics(), ids=lambda topic: topic.event_type)
def test_each_kind_names_its_topic_and_key(topic: Topic) -> None:
    text = section(f"`{topic.event_type}`")
    assert f"`{topic.name}`" in text
    assert f"`{':'.join(topic.key)}`" in text


def test_the_envelope_and_the_reasons_are_whole() -> None:
    assert list(rows(section("The envelope"))) == [field.name for field in envelope_fields()]
    assert list(rows(section("Reasons of a dead letter"))) == list(REASONS)


def test_a_bar_in_a_cell_does_not_end_it() -> None:
    assert table(["a"], [["x|y"]]).splitlines()[-1] == r"| x\|y |"
