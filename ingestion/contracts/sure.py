"""The contract as one cheap test: which records are surely good, and their typed values.

The full verdict of `validation.py` looks at a record many times over. Nearly all records are good
and written as the contract's own encoder writes them: known fields only, in the order of the
structs, no white space, no null. Those are told by writing their values out again: where the text
that results is the record, byte for byte, nothing else can be in it, and what is left to check are
the bounds of each value. What is not surely good is not bad: it goes the long way. Reasons and
figures: docs/decisions/landing-in-bulk.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache

from ingestion.contracts.fields import MAX_EVENT_BYTES
from ingestion.contracts.layout import Field, data_fields, envelope_fields
from ingestion.contracts.validation import ID_PATTERN, SQL_TYPES, column_sources, sql_text

AS_JSON = ("integer", "boolean", "strings")
"""Shapes that are taken out of a record as the JSON text that they have in it."""

FIXED = ("specversion", "type")
"""Fields of the envelope that have one value for all events of a type."""


@cache
def sure_sql(event_type: str, records: str) -> str:
    """A query that gives each record its typed values and whether it is surely good.

    Args:
        event_type: which contract the records are held to.
        records: a relation with the Kafka coordinates, `key` BLOB and `value` BLOB.

    Returns:
        str: SELECT whose columns are those of `records`, the data's and the envelope's values,
        `extra` and `extensions` (null), and `is_sure`; the values mean nothing where it is false.
    """
    values = ",\n       ".join(
        f"{_value(field, place)} AS {alias}" for place, field, alias in column_sources(event_type)
    )
    return f"""
WITH decoded AS (
    SELECT *, TRY(decode(value)) AS body FROM {records}
), parsed AS (
    SELECT *, from_json(TRY_CAST(body AS JSON), {sql_text(_shape(event_type))}) AS x FROM decoded
), typed AS (
    SELECT *, {values} FROM parsed
)
SELECT * EXCLUDE (body, x),
       NULL::JSON AS extra,
       NULL::JSON AS extensions,
       coalesce({_is_sure(event_type)}, false) AS is_sure
FROM typed"""


def _shape(event_type: str) -> str:
    """What `from_json` takes out: texts as texts, but those without a pattern as JSON."""

    def kinds(fields: Iterable[Field]) -> dict[str, object]:
        return {field.name: "JSON" if _is_json(field) else "VARCHAR" for field in fields}

    return json.dumps({**kinds(_open_envelope()), "data": kinds(data_fields(event_type))})


def _is_json(field: Field) -> bool:
    return field.shape in AS_JSON or (field.shape == "string" and field.pattern is None)


def _open_envelope() -> list[Field]:
    """The envelope's fields whose value is not fixed by the type of the event."""
    return [field for field in envelope_fields() if field.name not in FIXED]


def _placed(event_type: str) -> list[tuple[Field, str]]:
    """Every field that has to be looked at, with its place in what `from_json` gives."""
    envelope = [(field, "x") for field in _open_envelope()]
    return [*envelope, *((field, "x.data") for field in data_fields(event_type))]


def _taken(field: Field, place: str) -> str:
    """A field in what `from_json` gives, by its place in the record."""
    return f"x{place.replace('/', '.')}.{field.name}"


def _value(field: Field, place: str) -> str:
    """The typed value of a field whose text is good."""
    kind = SQL_TYPES[field.shape]
    if field.shape == "strings":
        return f"NULL::{kind}"  # not sure where there are any
    taken = _taken(field, place)
    text = f"({taken} ->> '$')" if _is_json(field) else taken
    cast = text if kind == "VARCHAR" else f"TRY_CAST({text} AS {kind})"
    if field.default is None:
        return cast
    default = sql_text(field.default) if isinstance(field.default, str) else str(field.default)
    return f"coalesce({cast}, {default})"


def _is_sure(event_type: str) -> str:
    tests = [
        "key IS NOT NULL",
        f"octet_length(value) <= {MAX_EVENT_BYTES}",
        f"body = {_written(event_type)}",
        *_ids_are_good(event_type),
    ]
    columns = {
        (f"x{place.replace('/', '.')}", f.name): a for place, f, a in column_sources(event_type)
    }
    for field, place in _placed(event_type):
        good = _good(field, f"{place}.{field.name}", columns.get((place, field.name), ""))
        tests.append(good if field.required else f"({place}.{field.name} IS NULL OR {good})")
    return "\n           AND ".join(tests)


def _written(event_type: str) -> str:
    """The record as the contract's encoder writes these values; `concat` leaves out nulls."""
    envelope = envelope_fields()
    before = [field for field in envelope if field.required]
    after = [field for field in envelope if not field.required]
    parts = ["'{'"]
    for index, field in enumerate(before):
        parts += _member(field, "x", event_type, "," if index else "")
    parts.append("""',"data":{'""")
    for index, field in enumerate(data_fields(event_type)):
        parts += _member(field, "x.data", event_type, "," if index else "")
    parts.append("'}'")
    for field in after:
        parts += _member(field, "x", event_type, ",")
    return f"concat({', '.join(parts)}, '}}')"


def _member(field: Field, place: str, event_type: str, comma: str) -> list[str]:
    name = f'{comma}"{field.name}":'
    if place == "x" and field.name in FIXED:
        value = event_type if field.name == "type" else field.choices[0]
        return [sql_text(name + json.dumps(value))]
    value = f"{place}.{field.name}"
    if _is_json(field):
        return [f"{sql_text(name)} || {value}::VARCHAR"]
    quoted = [sql_text(name + '"'), value, "'\"'"]
    return quoted if field.required else [" || ".join(quoted)]


def _ids_are_good(event_type: str) -> list[str]:
    """All ids at once: `[!-~]+` without quote and backslash; a control character stands escaped."""
    fields = [pair for pair in _placed(event_type) if pair[0].pattern == ID_PATTERN]
    ids = f"concat({', '.join(f'{place}.{field.name}' for field, place in fields)})"
    wrong = ("' '", "'\"'", "'\\'", "chr(127)")
    return [f"strlen({ids}) = length({ids})", *(f"NOT contains({ids}, {sign})" for sign in wrong)]


def _good(field: Field, taken: str, typed: str) -> str:
    """Whether what stands in the record is within the field's bounds."""
    match field.shape:
        case "choice":
            return f"{taken} IN ({', '.join(map(sql_text, field.choices))})"
        case "boolean":
            return f"{taken}::VARCHAR IN ('true', 'false')"
        case "integer":
            digits = f"regexp_full_match({taken}::VARCHAR, '[0-9]{{1,16}}')"
            return f"{digits} AND {typed} BETWEEN {field.minimum} AND {field.maximum}"
        case "instant":
            written = f"regexp_full_match({taken}, {sql_text(field.pattern or '')})"
            return f"({written} AND {typed} IS NOT NULL)"
        case "strings":
            return "false"  # lists go the long way
        case "string":
            return _good_string(field, taken, typed)


def _good_string(field: Field, taken: str, typed: str) -> str:
    if field.pattern is None:
        return f"""(starts_with({taken}::VARCHAR, '"') AND length({typed}) <= {field.max_length})"""
    if field.pattern == ID_PATTERN:
        return f"strlen({taken}) BETWEEN {field.min_length or 1} AND {field.max_length}"
    return (
        f"(length({taken}) <= {field.max_length} "
        f"AND regexp_full_match({taken}, {sql_text(field.pattern)}))"
    )
