"""The contract as one cheap test: which records are surely good, and their typed values.

The full verdict of `validation.py` parses a record several times over. Nearly all records are good
and written without white space, and those can be told with one parse: the text of each known field
is taken out, and if their lengths and the punctuation between them add up to the whole record's,
nothing else is in it: no unknown field, no explicit null, no repeat, no stray comma. What is not
surely good is not bad: it goes the long way. Reasons and figures: docs/decisions.
"""

from __future__ import annotations

import json
from functools import cache

from ingestion.contracts.fields import MAX_EVENT_BYTES
from ingestion.contracts.layout import Field, data_fields, envelope_fields
from ingestion.contracts.validation import ID_PATTERN, SQL_TYPES, column_sources, sql_text


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
    leaves: dict[str, object] = {field.name: "JSON" for field in envelope_fields()}
    shape = json.dumps({**leaves, "data": {f.name: "JSON" for f in data_fields(event_type)}})
    fields = _placed(event_type)
    taken = ", ".join(
        f"x{place.replace('/', '.')}.{field.name}::VARCHAR AS {_leaf(field, place)}"
        f", x{place.replace('/', '.')}.{field.name} ->> '$' AS {_text(field, place)}"
        for field, place in fields
    )
    helpers = ", ".join(f"{_leaf(f, p)}, {_text(f, p)}" for f, p in fields)
    values = ",\n       ".join(
        f"{_value(field, place)} AS {alias}" for place, field, alias in column_sources(event_type)
    )
    return f"""
WITH decoded AS (
    SELECT *, TRY_CAST(TRY(decode(value)) AS JSON) AS doc FROM {records}
), probed AS (
    SELECT *, from_json(doc, {sql_text(shape)}) AS x FROM decoded
)
SELECT * EXCLUDE ({helpers}),
       {values},
       NULL::JSON AS extra,
       NULL::JSON AS extensions,
       coalesce({_is_sure(event_type)}, false) AS is_sure
FROM (SELECT * EXCLUDE (doc, x), {taken} FROM probed)"""


def _placed(event_type: str) -> list[tuple[Field, str]]:
    """Every known field, with its place in the JSON."""
    envelope = [(field, "") for field in envelope_fields()]
    return [*envelope, *((field, "/data") for field in data_fields(event_type))]


def _leaf(field: Field, place: str) -> str:
    """The field's JSON text."""
    return f"leaf{place.replace('/', '_')}_{field.name}"


def _text(field: Field, place: str) -> str:
    """The value of a string field, its escapes undone."""
    return f"text{place.replace('/', '_')}_{field.name}"


def _value(field: Field, place: str) -> str:
    kind = SQL_TYPES[field.shape]
    if field.shape == "strings":
        return f"NULL::{kind}"
    text = _text(field, place)
    cast = text if kind == "VARCHAR" else f"TRY_CAST({text} AS {kind})"
    if field.default is None:
        return cast
    default = sql_text(field.default) if isinstance(field.default, str) else str(field.default)
    return f"coalesce({cast}, {default})"


def _is_sure(event_type: str) -> str:
    fields = _placed(event_type)
    tests = [
        "key IS NOT NULL",
        f"octet_length(value) <= {MAX_EVENT_BYTES}",
        f"octet_length(value) = {_expected_length(fields)}",
        f"leaf_type = {sql_text(json.dumps(event_type))}",
        _all_ids([pair for pair in fields if pair[0].pattern == ID_PATTERN]),
    ]
    for field, place in fields:
        if field.name != "type" or place:
            tests.append(_optional(field, place, _good(field, place)))
    return "\n           AND ".join(tests)


def _expected_length(fields: list[tuple[Field, str]]) -> str:
    """Bytes of the record if it is just its known fields: `{"a":1,"data":{"b":2}}`."""
    braces = len('{"data":{}}') - 1  # the data's first comma is counted, and is not there
    parts = [
        # quotes and colon around the name, the value, and the comma before or after it
        f"coalesce(strlen({_leaf(field, place)}) + {len(field.name) + 4}, 0)"
        for field, place in fields
    ]
    return f"{braces} + {' + '.join(parts)}"


def _all_ids(ids: list[tuple[Field, str]]) -> str:
    """One pass of the pattern over all ids together."""
    texts = ", ".join(_text(field, place) for field, place in ids)
    return f"regexp_full_match(concat_ws('', {texts}), {sql_text(ID_PATTERN)})"


def _optional(field: Field, place: str, test: str) -> str:
    return f"({test})" if field.required else f"({_leaf(field, place)} IS NULL OR {test})"


def _good(field: Field, place: str) -> str:
    leaf, text = _leaf(field, place), _text(field, place)
    match field.shape:
        case "choice":
            choices = ", ".join(sql_text(json.dumps(choice)) for choice in field.choices)
            return f"{leaf} IN ({choices})"
        case "boolean":
            return f"{leaf} IN ('true', 'false')"
        case "integer":
            return (
                f"regexp_full_match({leaf}, '[0-9]{{1,16}}') AND TRY_CAST({leaf} AS BIGINT) "
                f"BETWEEN {field.minimum} AND {field.maximum}"
            )
        case "instant":
            return (
                f"starts_with({leaf}, '\"') AND regexp_full_match({text}, "
                f"{sql_text(field.pattern or '')}) AND TRY_CAST({text} AS TIMESTAMPTZ) IS NOT NULL"
            )
        case "strings":
            return "false"  # lists go the long way
        case "string":
            return _good_string(field, leaf, text)


def _good_string(field: Field, leaf: str, text: str) -> str:
    tests = [f"starts_with({leaf}, '\"')"]
    if field.max_length is not None:
        tests.append(f"length({text}) <= {field.max_length}")
    if field.min_length:
        tests.append(f"length({text}) >= {field.min_length}")
    if field.pattern is not None and field.pattern != ID_PATTERN:
        tests.append(f"regexp_full_match({text}, {sql_text(field.pattern)})")
    return " AND ".join(tests)
