"""The contract as a page that people read, written from the structs, the topics and the reasons.

`python -m ingestion.contracts.document` shows it; `make docs` writes `docs/reference/contract.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import typer

from ingestion.contracts.events import KINDS
from ingestion.contracts.fields import MAX_EVENT_BYTES, MAX_TEXT_CHARS
from ingestion.contracts.layout import Field, Shape, data_fields, envelope_fields
from ingestion.contracts.schemas import SCHEMAS_FOLDER, schema_file
from ingestion.contracts.topics import Topic, load_topics
from ingestion.contracts.validation import LANDING_COLUMNS, REASONS

EXAMPLES = SCHEMAS_FOLDER.parent / "examples"
CONTRACTS_LINK = "../../ingestion/contracts"

TYPES: dict[Shape, str] = {
    "string": "string",
    "choice": "string",
    "instant": "instant",
    "integer": "integer",
    "boolean": "boolean",
    "strings": "list of strings",
}


def contract_page() -> str:
    """The whole page, in Markdown."""
    sections = [
        _head(),
        *(_kind(topic) for topic in load_topics()),
        _landing(),
        _reasons(),
    ]
    return "\n\n".join(sections) + "\n"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; a bar in a cell is escaped."""
    columns = list(head)
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(c.replace('|', chr(92) + '|') for c in r)} |" for r in lines)


def _head() -> str:
    fields = table(_FIELD_HEAD, map(_row, envelope_fields()))
    return f"""# The contract, version 1

What an event is. One Kafka message is one event: a CloudEvents 1.0 envelope in structured JSON,
UTF-8, at most {MAX_EVENT_BYTES // 1024} KiB, with one fact in `data`. The record's key is made of
the fields named with each kind below, joined by colons.

- `(source, id)` is the identity of an event: the same fact collected twice has the same id, and
  counts once.
- A field that isn't required may be absent, which says that nobody knows: it is null then, or what
  its bounds say. It may also be written as `null`, except where the bounds give it another value.
  Null is never 0.
- An *instant* is ISO 8601 with an offset, to the microsecond at most: `2014-01-27T10:00:00+08:00`.
- An *id* is a string of printable ASCII without spaces, also where the platform calls it a number.
- A text has at most {MAX_TEXT_CHARS:,} characters.
- Fields that the contract doesn't know are kept: those of `data` in the column `extra`, those of
  the envelope in `extensions`.
- A new optional field is a compatible change. Anything else is a `v2` topic.

## The envelope

{fields}

`data` (object, required) holds the fact."""


def _kind(topic: Topic) -> str:
    kind = topic.event_type
    schema = schema_file(kind).name
    example = EXAMPLES / "good" / kind.split(".")[1] / "minimal.json"
    hours = topic.retention_hours
    kept = "for ever" if hours < 0 else f"for {hours / 24:g} days"
    return f"""## `{kind}`

{KINDS[kind].__doc__}

Topic `{topic.name}`: {topic.partitions} partitions, keyed by `{":".join(topic.key)}`, kept
{kept}. Lands in `raw.{topic.table}`. [JSON Schema]({CONTRACTS_LINK}/schemas/{schema}).

{table(_FIELD_HEAD, map(_row, data_fields(kind)))}

The least that is an event of this kind:

```json
{example.read_text().strip()}
```"""


def _landing() -> str:
    columns = ", ".join(f"`{name}`" for name in LANDING_COLUMNS)
    return f"""## What the landing adds

Each row of the raw schema has the fields of its kind as typed columns, the envelope's `source`,
`id` and `time` as `event_source`, `event_id` and `event_time`, and: {columns}."""


def _reasons() -> str:
    reasons = table(["reason", "what it means"], ((f"`{r}`", text) for r, text in REASONS.items()))
    return f"""## Reasons of a dead letter

A record that is no event of its topic's kind is kept whole in `raw.dead_letters`: bytes,
coordinates, one of these reasons, and the field.

{reasons}

Examples, good and bad: [`ingestion/contracts/examples`]({CONTRACTS_LINK}/examples)."""


_FIELD_HEAD = ["field", "type", "required", "bounds", "what it says"]


def _row(field: Field) -> list[str]:
    return [
        f"`{field.name}`",
        TYPES[field.shape],
        "yes" if field.required else "no",
        "; ".join(_bounds(field)),
        field.description,
    ]


def _bounds(field: Field) -> Iterator[str]:
    if field.choices:
        yield "one of " + ", ".join(f"`{choice}`" for choice in field.choices)
    if field.shape == "string" and field.pattern:
        yield f"`{field.pattern}`"
    if field.max_length is not None:
        each = "each " if field.shape == "strings" else ""
        least = f"{field.min_length} to " if field.min_length else "at most "
        yield f"{each}{least}{field.max_length:,} characters"
    if field.minimum is not None and field.maximum is not None:
        yield f"{field.minimum} to {field.maximum:,}"
    if field.default is not None:
        yield f"`{str(field.default).lower()}` where absent"


def main() -> None:
    typer.echo(contract_page(), nl=False)


if __name__ == "__main__":
    main()
