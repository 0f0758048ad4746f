"""JSON Schemas of the contract, exported from the structs.

`python -m ingestion.contracts.schemas` writes them; a test fails where one differs from its struct.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ingestion.contracts.events import KINDS, event_class

SCHEMAS_FOLDER = Path(__file__).parent / "schemas"


def event_schema(event_type: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a whole event: envelope and data."""
    schema = msgspec.json.schema(event_class(event_type))
    definitions = schema["$defs"]
    envelope = definitions.pop(schema["$ref"].rsplit("/", 1)[1])
    envelope["properties"]["type"]["const"] = event_type
    envelope["title"] = event_type
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:attache:{event_type}",
        **envelope,
        "$defs": definitions,
    }


def schema_file(event_type: str) -> Path:
    """Where the exported schema of a type stands."""
    return SCHEMAS_FOLDER / f"{event_type}.json"


def render_schema(event_type: str) -> bytes:
    """The exact bytes of a schema file."""
    return msgspec.json.format(msgspec.json.encode(event_schema(event_type)), indent=2) + b"\n"


def main() -> None:
    SCHEMAS_FOLDER.mkdir(exist_ok=True)
    for event_type in KINDS:
        schema_file(event_type).write_bytes(render_schema(event_type))


if __name__ == "__main__":
    main()
