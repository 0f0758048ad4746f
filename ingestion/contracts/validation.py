"""The contract as DuckDB SQL: columns of the raw tables, and one verdict for each record in bulk.

A record's fault is null where it is good, else `reason:field`. Everything is derived from the
structs, so the verdict is that of the exported JSON Schema; a test holds the two together.
"""

from __future__ import annotations

from functools import cache

from ingestion.contracts.fields import MAX_EVENT_BYTES
from ingestion.contracts.layout import Field, Shape, data_fields, envelope_fields

SQL_TYPES: dict[Shape, str] = {
    "string": "VARCHAR",
    "choice": "VARCHAR",
    "instant": "TIMESTAMPTZ",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "strings": "VARCHAR[]",
}

ENVELOPE_COLUMNS = {
    "event_source": "VARCHAR",
    "event_id": "VARCHAR",
    "event_time": "TIMESTAMPTZ",
}
LANDING_COLUMNS = {
    "extra": "JSON",
    "extensions": "JSON",
    "kafka_topic": "VARCHAR",
    "kafka_partition": "INTEGER",
    "kafka_generation": "INTEGER",
    "kafka_offset": "BIGINT",
    "kafka_timestamp": "TIMESTAMPTZ",
    "batch_id": "BIGINT",
}

REASONS = {
    "tombstone": "The record has no value.",
    "null_key": "The record has no key, so its order among its kind is unknown.",
    "oversized": f"The record is larger than {MAX_EVENT_BYTES} bytes.",
    "not_utf8": "The bytes are not UTF-8.",
    "not_json": "The text is not JSON.",
    "duplicate_name": "The event or its data names a field twice, so what it says is unknown.",
    "not_an_envelope": "The JSON is not a CloudEvents 1.0 object with an object as its data.",
    "unknown_type": "The event's type is not the one of this topic.",
    "missing_field": "A required field is missing or null.",
    "wrong_type": "A field has another JSON type than the contract says.",
    "unknown_value": "A field has a value that is not one of its choices.",
    "time_without_zone": "A time carries no offset.",
    "bad_time": "A time can't be read, or is no real date.",
    "id_out_of_bounds": "An id is empty, too long, or has other than printable ASCII characters.",
    "bad_format": "A text doesn't match the contract's pattern.",
    "too_long": "A text is longer than the contract allows.",
    "out_of_range": "A number is negative, or larger than 2^53 - 1.",
}
"""Every reason for which the contract refuses a record, and what it means."""
ERASED = "erased_actor"
MEANINGS = {
    **REASONS,
    ERASED: "Its actor was erased: nothing is kept of the record but its place in the log.",
}
"""Every reason of a dead letter."""

ID_PATTERN = "[!-~]+"
_JSON_TYPES: dict[Shape, str] = {
    "string": "= 'VARCHAR'",
    "choice": "= 'VARCHAR'",
    "instant": "= 'VARCHAR'",
    "integer": "IN ('UBIGINT', 'BIGINT')",
    "boolean": "= 'BOOLEAN'",
    "strings": "= 'ARRAY'",
}


def table_columns(event_type: str) -> dict[str, str]:
    """Column names and DuckDB types of the raw table of an event type, in order."""
    data = {field.name: SQL_TYPES[field.shape] for field in data_fields(event_type)}
    return {**ENVELOPE_COLUMNS, **data, **LANDING_COLUMNS}


def column_sources(event_type: str) -> list[tuple[str, Field, str]]:
    """Where each typed column comes from: place in the JSON, field, column name."""
    aliases = {"source": "event_source", "id": "event_id", "time": "event_time"}
    envelope = [("", f, aliases[f.name]) for f in envelope_fields() if f.name in aliases]
    return [*envelope, *(("/data", f, f.name) for f in data_fields(event_type))]


def sql_text(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


@cache
def judged_sql(event_type: str, records: str) -> str:
    """A query that gives each record its typed values and its fault.

    Args:
        event_type: which contract the records are held to.
        records: a relation with the Kafka coordinates, `key` BLOB and `value` BLOB.

    Returns:
        str: SELECT whose columns are those of `records`, `doc`, the data's and the envelope's
        values, `extra`, `extensions` and `fault` (VARCHAR, null where the record is good).
    """
    slots = _slots(event_type)
    paths = ", ".join(sql_text(path) for path in slots.values())
    typed = ",\n       ".join(
        f"{_value(field, f'{where}.{field.name}', slots)} AS {alias}"
        for where, field, alias in column_sources(event_type)
    )
    return f"""
WITH decoded AS (
    SELECT *, TRY(decode(value)) AS body FROM {records}
), parsed AS (
    SELECT *, TRY_CAST(body AS JSON) AS doc FROM decoded
), probed AS (
    SELECT *, json_type(doc, [{paths}]) AS t, json_extract_string(doc, [{paths}]) AS v FROM parsed
)
SELECT * EXCLUDE (body, t, v),
       {typed},
       {_unknown(data_fields(event_type), "/data", slots)} AS extra,
       {_unknown((*envelope_fields(), _DATA), "", slots)} AS extensions,
       {_fault(event_type, slots)} AS fault
FROM probed"""


_DATA = Field(name="data", shape="string", description="", required=True, nullable=False)


def _slots(event_type: str) -> dict[str, str]:
    """Each field's JSON pointer, keyed `place.name`, in the order of the probe's lists."""
    envelope = {f".{field.name}": f"/{field.name}" for field in envelope_fields()}
    data = {f"/data.{field.name}": f"/data/{field.name}" for field in data_fields(event_type)}
    return {**envelope, ".data": "/data", **data}


def _probe(name: str, slots: dict[str, str]) -> tuple[str, str]:
    position = list(slots).index(name) + 1
    return f"t[{position}]", f"v[{position}]"


def _value(field: Field, name: str, slots: dict[str, str]) -> str:
    _, value = _probe(name, slots)
    if field.shape == "strings":
        return f"TRY_CAST(TRY_CAST({value} AS JSON) AS VARCHAR[])"
    kind = SQL_TYPES[field.shape]
    cast = value if kind == "VARCHAR" else f"TRY_CAST({value} AS {kind})"
    if field.default is None:
        return cast
    default = sql_text(field.default) if isinstance(field.default, str) else str(field.default)
    return f"coalesce({cast}, {default})"


def _unknown(fields: tuple[Field, ...], place: str, slots: dict[str, str]) -> str:
    """The fields that the contract doesn't know, as a JSON object; null where there are none."""
    known = ", ".join(sql_text(field.name) for field in fields)
    pointer = f"'{place}/' || replace(replace(k, '~', '~0'), '/', '~1')"
    return f"""CASE WHEN {_has_more_names(fields, place, slots)} THEN to_json(map_from_entries([
           {{'key': k, 'value': json_extract(doc, {pointer})}}
           FOR k IN list_distinct(json_keys(doc, '{place}')) IF k NOT IN ({known})])) END"""


def _has_more_names(fields: tuple[Field, ...], place: str, slots: dict[str, str]) -> str:
    """True where an object has a name that the contract doesn't know, or one name twice."""
    seen = " + ".join(
        f"({_probe(f'{place}.{field.name}', slots)[0]} IS NOT NULL)::INT" for field in fields
    )
    return f"len(json_keys(doc, '{place}')) > {seen}"


def _fault(event_type: str, slots: dict[str, str]) -> str:
    data_type, _ = _probe(".data", slots)
    type_type, type_value = _probe(".type", slots)
    whole = [
        ("value IS NULL", "'tombstone:'"),
        ("key IS NULL", "'null_key:'"),
        (f"octet_length(value) > {MAX_EVENT_BYTES}", "'oversized:'"),
        ("body IS NULL", "'not_utf8:'"),
        (f"doc IS NULL OR {_ENDS_IN_COMMA}", "'not_json:'"),
        (f"json_type(doc) <> 'OBJECT' OR {data_type} IS DISTINCT FROM 'OBJECT'", _ENVELOPE),
        (
            f"{type_type} IS DISTINCT FROM 'VARCHAR' OR {type_value} <> {sql_text(event_type)}",
            _TYPE,
        ),
        *_doubtful_names(event_type, slots),
    ]
    envelope = [_field_fault(f, "", slots) for f in envelope_fields() if f.name != "type"]
    data = [_field_fault(f, "/data", slots) for f in data_fields(event_type)]
    fields = ",\n            ".join([*envelope, *data])
    cases = "\n            ".join(f"WHEN {test} THEN {fault}" for test, fault in whole)
    return f"""CASE
            {cases}
            ELSE coalesce(
            {fields})
       END"""


def _doubtful_names(event_type: str, slots: dict[str, str]) -> list[tuple[str, str]]:
    """What only an object with more names than the contract knows can have.

    NaN where the contract knows the field is a wrong type, and a name that stands twice counts as
    one more: an object without more names needs no closer look.
    """
    tests = []
    for fields, place in (((*envelope_fields(), _DATA), ""), (data_fields(event_type), "/data")):
        more = _has_more_names(fields, place, slots)
        names = f"json_keys(doc, '{place}')"
        twice = f"len(list_distinct({names})) < len({names})"
        tests.append((f"CASE WHEN {more} THEN {_HAS_NAN} ELSE false END", "'not_json:'"))
        tests.append((f"CASE WHEN {more} THEN {twice} ELSE false END", "'duplicate_name:'"))
    return tests


# What DuckDB's reader takes for JSON, and RFC 8259 doesn't: a comma before a closing bracket, NaN
# and Infinity. A look at the whole text finds the suspects, a second one without its strings.
_BARE = r"""regexp_replace(body, '"(?:[^"\\]|\\.)*"', '""', 'g')"""
_COMMA = r"',[ \t\r\n]*[}\]]'"
_ENDS_IN_COMMA = f"""CASE WHEN regexp_matches(body, {_COMMA})
                      THEN regexp_matches({_BARE}, {_COMMA}) ELSE false END"""
_HAS_NAN = f"regexp_matches({_BARE}, '(?i)nan|inf')"

_ENVELOPE = "'not_an_envelope:'"
_TYPE = "'unknown_type:'"


def _field_fault(field: Field, place: str, slots: dict[str, str]) -> str:
    kind, value = _probe(f"{place}.{field.name}", slots)
    absent = sql_text(f"missing_field:{field.name}") if field.required else "NULL"
    null = "NULL" if field.nullable else sql_text(f"missing_field:{field.name}")
    tests = [
        (f"{kind} IS NULL", absent),
        (f"{kind} = 'NULL'", null),
        (_has_other_type(field, kind, value), sql_text(f"wrong_type:{field.name}")),
        *(
            (test, sql_text(f"{reason}:{field.name}"))
            for test, reason in _bounds(field, place, value)
        ),
    ]
    return f"CASE {' '.join(f'WHEN {test} THEN {fault}' for test, fault in tests)} END"


def _has_other_type(field: Field, kind: str, value: str) -> str:
    """1.0 and 1e3 are integers, as JSON Schema says; 1.5 is none."""
    right = f"{kind} {_JSON_TYPES[field.shape]}"
    if field.shape != "integer":
        return f"NOT {right}"
    number = f"TRY_CAST({value} AS DOUBLE)"
    whole = f"coalesce(isfinite({number}) AND {number} = trunc({number}), false)"
    return f"CASE WHEN {right} THEN false WHEN {kind} = 'DOUBLE' THEN NOT {whole} ELSE true END"


def _bounds(field: Field, place: str, value: str) -> list[tuple[str, str]]:
    match field.shape:
        case "choice":
            choices = ", ".join(sql_text(choice) for choice in field.choices)
            return [(f"{value} NOT IN ({choices})", "unknown_value")]
        case "instant":
            no_zone = f"regexp_full_match({value}, '[0-9T:. -]{{8,}}') AND NOT {_zoned(value)}"
            good = f"regexp_full_match({value}, {sql_text(field.pattern or '')})"
            real = f"TRY_CAST({value} AS TIMESTAMPTZ) IS NOT NULL"
            return [(no_zone, "time_without_zone"), (f"NOT ({good} AND {real})", "bad_time")]
        case "integer":
            number = f"TRY_CAST({value} AS HUGEINT)"
            fits = f"coalesce({number} BETWEEN {field.minimum} AND {field.maximum}, false)"
            return [(f"NOT {fits}", "out_of_range")]
        case "strings":
            types = f"json_type(doc, '${place.replace('/', '.')}.{field.name}[*]')"
            words = f"json_extract_string(doc, '${place.replace('/', '.')}.{field.name}[*]')"
            too_long = f"len(list_filter({words}, w -> length(w) > {field.max_length})) > 0"
            return [
                (f"len(list_filter({types}, w -> w <> 'VARCHAR')) > 0", "wrong_type"),
                (too_long, "too_long"),
            ]
        case "string":
            return _string_bounds(field, value)
        case _:
            return []


def _string_bounds(field: Field, value: str) -> list[tuple[str, str]]:
    is_id = field.pattern == ID_PATTERN
    tests = []
    if field.max_length is not None:
        reason = "id_out_of_bounds" if is_id else "too_long"
        tests.append((f"length({value}) > {field.max_length}", reason))
    if field.pattern is not None:
        reason = "id_out_of_bounds" if is_id else "bad_format"
        tests.append((f"NOT regexp_full_match({value}, {sql_text(field.pattern)})", reason))
    return tests


def _zoned(value: str) -> str:
    return f"regexp_matches({value}, 'T.*[+-][0-9]{{2}}:[0-9]{{2}}$')"
