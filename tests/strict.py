"""The contract's verdict without SQL: JSON read strictly, then the exported JSON Schema.

Reasons for each strictness are in docs/decisions/strict-json.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import jsonschema

from ingestion.contracts.fields import MAX_EVENT_BYTES
from ingestion.contracts.schemas import event_schema
from tests.samples import JSON


class Repeated(dict[str, Any]):
    """An object in which a name stood twice."""


def read_strictly(value: bytes) -> object:
    """The document of some bytes.

    Raises:
        ValueError: not UTF-8, not JSON by RFC 8259, half a surrogate pair, or a name stands twice
            in the event or in its data.
    """
    document = json.loads(
        value.decode(), parse_constant=_no_constant, object_pairs_hook=_noting_repeats
    )
    json.dumps(document, ensure_ascii=False).encode()  # half a surrogate pair can't be encoded
    data = document.get("data") if isinstance(document, dict) else None
    if isinstance(document, Repeated) or isinstance(data, Repeated):
        raise ValueError("a name stands twice")
    return document


def schema_accepts(value: bytes, event_type: str) -> bool:
    """Whether the bytes are small enough and the exported schema takes them for an event."""
    if len(value) > MAX_EVENT_BYTES:
        return False
    try:
        document = read_strictly(value)
    except ValueError:
        return False
    return _validator(event_type).is_valid(document)  # type: ignore[no-any-return]


@cache
def _validator(event_type: str) -> Any:
    checker = jsonschema.FormatChecker(formats=())

    @checker.checks("date-time", raises=ValueError)
    def is_real_date(text: object) -> bool:
        return not isinstance(text, str) or bool(datetime.fromisoformat(text))

    extend: Any = jsonschema.validators.extend
    kind = extend(jsonschema.Draft202012Validator, {"pattern": _pattern})
    return kind(event_schema(event_type), format_checker=checker)


def _pattern(
    _: object, pattern: str, text: object, __: JSON
) -> Iterator[jsonschema.ValidationError]:
    """ECMA's `$`, which JSON Schema means, is the very end; Python's is also before a newline."""
    if isinstance(text, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), text):
        yield jsonschema.ValidationError(f"{text!r} does not match {pattern!r}")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _noting_repeats(pairs: list[tuple[str, Any]]) -> JSON:
    names = dict(pairs)
    return names if len(names) == len(pairs) else Repeated(names)
